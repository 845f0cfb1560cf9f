import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { firstOf } from '#app/_components/search-param'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Intro } from '#app/(auth)/_forms/intro.tsx'
import { ResetForm } from '#app/(auth)/_forms/reset-form.tsx'
import { findReset } from '#core/user/reset'

export async function generateMetadata(): Promise<Metadata> {
  // The address holds the secret: no other site is told where its visitor came from.
  return { title: (await getTranslations('auth'))('resetTitle'), referrer: 'no-referrer' }
}

/** Where a link for a new password leads. */
export default async function ResetPage({
  searchParams,
}: {
  searchParams: Promise<{ token?: string | string[] }>
}) {
  const token = firstOf((await searchParams).token)
  const t = await getTranslations('auth')
  const user = token ? await findReset(token) : null
  if (!token || !user)
    return (
      <>
        <Intro title={t('joinBadLink')}>{t('resetBadLinkText')}</Intro>
        <Link href="/forgot" className={buttonClass({ size: 'lg' })}>
          {t('forgot')}
        </Link>
      </>
    )
  return (
    <>
      <Intro title={t('resetTitle')}>{t('resetText', { email: user.email })}</Intro>
      <ResetForm token={token} email={user.email} />
    </>
  )
}
