import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import { NextIntlClientProvider } from 'next-intl'
import { getLocale } from 'next-intl/server'
import type { ReactNode } from 'react'
import { isTheme } from './_components/shell/preferences.ts'
import { Toasts } from './_components/shell/toasts.tsx'
import { THEME_COOKIE } from './_i18n/locale.ts'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Greenroom', template: '%s · Greenroom' },
  robots: { index: false },
  icons: { icon: '/icon.svg' },
}

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fafaf9' },
    { media: '(prefers-color-scheme: dark)', color: '#0d0e0e' },
  ],
}

/** The document: language and theme come from cookies, so that the first paint is already right. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const [locale, jar] = await Promise.all([getLocale(), cookies()])
  const chosen = jar.get(THEME_COOKIE)?.value
  const theme = isTheme(chosen) && chosen !== 'system' ? chosen : undefined
  return (
    // The theme switch writes data-theme before the server knows of it.
    <html lang={locale} data-theme={theme} suppressHydrationWarning>
      <body>
        <NextIntlClientProvider>
          {children}
          <Toasts />
        </NextIntlClientProvider>
      </body>
    </html>
  )
}
