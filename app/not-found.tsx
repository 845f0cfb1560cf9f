import { MissingPage } from './_components/shell/missing-page.tsx'

/** An address that leads nowhere. */
export default function NotFound() {
  return (
    <main>
      <MissingPage />
    </main>
  )
}
