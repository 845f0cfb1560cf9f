import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { firstOf } from '#app/_components/search-param'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Intro } from '#app/(auth)/_forms/intro.tsx'
import { JoinForm } from '#app/(auth)/_forms/join-form.tsx'
import { findInvitation, hasAdmin } from '#core/user/data'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth'))('setupTitle') }
}

/** The first run: whoever holds the link from the terminal makes the first account. */
export default async function SetupPage({
  searchParams,
}: {
  searchParams: Promise<{ token?: string | string[] }>
}) {
  const token = firstOf((await searchParams).token)
  const t = await getTranslations('auth')
  if (await hasAdmin())
    return (
      <>
        <Intro title={t('setupDone')} />
        <Link href="/sign-in" className={buttonClass({ look: 'primary', size: 'lg' })}>
          {t('signIn')}
        </Link>
      </>
    )
  const invitation = token ? await findInvitation(token) : null
  if (!token || invitation?.createdById !== null)
    return <Intro title={t('setupNoLink')}>{t('setupNoLinkText')}</Intro>
  return (
    <>
      <Intro title={t('setupTitle')}>{t('setupText')}</Intro>
      <JoinForm token={token} submitLabel={t('setupButton')} />
    </>
  )
}
