import { createTranslator } from 'next-intl'
import { getLocale } from 'next-intl/server'
import { readBody } from '#app/_http/body'
import { problem, tooMany } from '#app/_http/problem'
import { publicRoute } from '#app/_http/route'
import { CATALOGUES } from '#app/_i18n/catalogues'
import { isLocale, type Locale } from '#app/_i18n/locale'
import { webLog } from '#app/_server/log'
import { mailOrigin, sendMail } from '#app/_server/mail'
import { addressOf } from '#app/_server/origin'
import { countLink } from '#core/user/attempts'
import { requestReset } from '#core/user/reset'
import { forgotRequest } from '#core/user/schema'

/** Mails a link for a new password. Answers the same, and as soon, whether there is such an account or not. */
export const POST = publicRoute(async ({ request }) => {
  const { email } = await readBody(request, forgotRequest)
  const origin = mailOrigin()
  if (!origin) return problem(409, 'no_mail', 'This portal sends no mails. Ask an admin for a link.')
  const seconds = await countLink(addressOf(request.headers))
  if (seconds !== null) return tooMany(seconds)
  const fallback = await getLocale()
  void mailLink(email, origin, fallback).catch((error: unknown) => webLog().error(error, 'mail'))
  return new Response(null, { status: 202 })
})

async function mailLink(email: string, origin: string, fallback: Locale): Promise<void> {
  const link = await requestReset(email)
  if (!link) return
  const locale = isLocale(link.locale) ? link.locale : fallback
  const t = createTranslator({ locale, messages: CATALOGUES[locale], namespace: 'mail' })
  const url = `${origin}/reset?token=${link.token}`
  await sendMail(email, t('resetSubject'), t('resetText', { url }))
  webLog().info({ email }, 'mailed a link for a new password')
}
