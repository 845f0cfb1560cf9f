export { PageLoading as default } from '../_components/shell/page-loading.tsx'
