import { CHOSEN_ZONE_COOKIE, LOCALE_COOKIE, THEME_COOKIE, ZONE_COOKIE } from '#app/_i18n/locale'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export const isTheme = (value: string | undefined): value is Theme => THEMES.some((theme) => theme === value)

const YEAR = 365 * 24 * 3600

const keep = (name: string, value: string) => {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Safari and on plain http.
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR}; samesite=lax`
}

/** Changes the theme at once and for later visits. */
export function chooseTheme(theme: Theme): void {
  keep(THEME_COOKIE, theme)
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

/** For later requests; the page must be rendered anew to speak it. */
export const chooseLocale = (locale: string): void => keep(LOCALE_COOKIE, locale)

/** For later requests; null goes by the browser's. */
export const chooseZone = (zone: string | null): void => keep(CHOSEN_ZONE_COOKIE, zone ?? '')

/** Tells the server the browser's time zone, unless another one was chosen. True when it did not know it yet. */
export function tellZone(known: string): boolean {
  if (new RegExp(`${CHOSEN_ZONE_COOKIE}=[^;]`).test(document.cookie)) return false
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (!zone || zone === known) return false
  keep(ZONE_COOKIE, zone)
  return true
}
