'use client'

export { FailedPage as default } from '#app/_components/shell/failed-page.tsx'
