import { cookies, headers } from 'next/headers'
import { getRequestConfig } from 'next-intl/server'
import en from './en.json'
import { LOCALE_COOKIE, pickLocale, pickZone, ZONE_COOKIE } from './locale.ts'
import zh from './zh.json'

const CATALOGUES = { en, zh }

/** Language, words and time zone of one request. The language is not in the address: a cookie keeps it. */
export default getRequestConfig(async () => {
  const [jar, head] = await Promise.all([cookies(), headers()])
  const locale = pickLocale(jar.get(LOCALE_COOKIE)?.value, head.get('accept-language'))
  return {
    locale,
    messages: CATALOGUES[locale],
    timeZone: pickZone(decodeURIComponent(jar.get(ZONE_COOKIE)?.value ?? '')),
    now: new Date(),
  }
})
