import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { mailOrigin } from '#app/_server/mail'
import { ForgotForm } from '#app/(auth)/_forms/forgot-form.tsx'
import { Intro } from '#app/(auth)/_forms/intro.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth'))('forgotTitle') }
}

/** A way back in: by mail where the portal can send one, else by an admin. */
export default async function ForgotPage() {
  const t = await getTranslations('auth')
  if (mailOrigin())
    return (
      <>
        <Intro title={t('forgotTitle')}>{t('forgotText')}</Intro>
        <ForgotForm />
      </>
    )
  return (
    <>
      <Intro title={t('forgotTitle')}>{t('forgotNoMail')}</Intro>
      <Link href="/sign-in" className={buttonClass({ size: 'lg' })}>
        {t('backToSignIn')}
      </Link>
    </>
  )
}
