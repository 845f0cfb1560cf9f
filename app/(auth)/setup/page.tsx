import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { findInvitation, hasAdmin } from '#core/user/data'
import { firstOf } from '../../_components/search-param.ts'
import { buttonClass } from '../../_components/ui/button.tsx'
import { Intro } from '../_forms/intro.tsx'
import { JoinForm } from '../_forms/join-form.tsx'

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
