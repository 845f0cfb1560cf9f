import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { LanguageLinks } from '#app/_components/shell/language-links.tsx'
import { Mark } from '#app/_components/shell/mark.tsx'
import { ZoneTeller } from '#app/_components/shell/zone-teller.tsx'

/** The frame of sign-in, set-up and joining: one narrow column in the middle of a quiet page. */
export default async function AuthLayout({ children }: { children: ReactNode }) {
  const t = await getTranslations('app')
  return (
    <div className="grid min-h-dvh grid-rows-[1fr_auto] px-4 py-8">
      <main className="mx-auto grid w-full max-w-[352px] content-center gap-8">
        <p className="flex items-center gap-2.5 font-semibold tracking-tight">
          <Mark className="size-7" />
          {t('name')}
        </p>
        {children}
      </main>
      <footer className="mx-auto">
        <LanguageLinks />
      </footer>
      <ZoneTeller />
    </div>
  )
}
