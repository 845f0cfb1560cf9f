'use client'

export { FailedPage as default } from '../_components/shell/failed-page.tsx'
