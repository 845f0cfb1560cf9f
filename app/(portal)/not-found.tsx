export { MissingPage as default } from '../_components/shell/missing-page.tsx'
