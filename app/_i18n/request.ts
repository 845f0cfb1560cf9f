import { cookies, headers } from 'next/headers'
import { getRequestConfig } from 'next-intl/server'
import { CATALOGUES } from './catalogues.ts'
import { CHOSEN_ZONE_COOKIE, LOCALE_COOKIE, pickLocale, pickZone, ZONE_COOKIE } from './locale.ts'

/** Language, words and time zone of one request. The language is not in the address: a cookie keeps it. */
export default getRequestConfig(async () => {
  const [jar, head] = await Promise.all([cookies(), headers()])
  const locale = pickLocale(jar.get(LOCALE_COOKIE)?.value, head.get('accept-language'))
  const zone = jar.get(CHOSEN_ZONE_COOKIE)?.value || decodeURIComponent(jar.get(ZONE_COOKIE)?.value ?? '')
  return {
    locale,
    messages: CATALOGUES[locale],
    timeZone: pickZone(zone),
    now: new Date(),
  }
})
