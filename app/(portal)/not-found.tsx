export { MissingPage as default } from '#app/_components/shell/missing-page.tsx'
