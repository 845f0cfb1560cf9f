export const LOCALES = ['en', 'zh'] as const
export type Locale = (typeof LOCALES)[number]

/** What a browser keeps for us. None of them is a secret; the server reads them to render right at once. */
export const LOCALE_COOKIE = 'greenroom-locale'
export const THEME_COOKIE = 'greenroom-theme'
export const ZONE_COOKIE = 'greenroom-tz'
/** The time zone that somebody chose; it goes before the browser's. */
export const CHOSEN_ZONE_COOKIE = 'greenroom-tz-chosen'

export const isLocale = (value: string | null | undefined): value is Locale =>
  LOCALES.some((locale) => locale === value)

/** The language chosen in the portal, else the first of the browser's that we speak, else English. */
export function pickLocale(chosen: string | undefined, acceptLanguage: string | null): Locale {
  if (isLocale(chosen)) return chosen
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((part) => {
      const [tag, ...rest] = part.trim().toLowerCase().split(';')
      const quality = rest.map((item) => /^\s*q=([\d.]+)/.exec(item)?.[1]).find(Boolean)
      return { language: tag.split('-')[0], quality: Number(quality ?? 1) }
    })
    .sort((a, b) => b.quality - a.quality)
    .map(({ language }) => language)
  return wanted.find(isLocale) ?? 'en'
}

/** The time zone that the browser told us, or UTC until it did. */
export function pickZone(told: string | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: told || 'UTC' }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}
