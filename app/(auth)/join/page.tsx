import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { firstOf } from '#app/_components/search-param'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Intro } from '#app/(auth)/_forms/intro.tsx'
import { JoinForm } from '#app/(auth)/_forms/join-form.tsx'
import { ProviderButton } from '#app/(auth)/_forms/provider-button.tsx'
import { findInvitation } from '#core/user/data'
import { passwordsAreOff, providerSettings } from '#core/user/provider-settings'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth'))('joinTitle') }
}

/** Where an invitation's one-time link leads. */
export default async function JoinPage({
  searchParams,
}: {
  searchParams: Promise<{ token?: string | string[] }>
}) {
  const token = firstOf((await searchParams).token)
  const t = await getTranslations('auth')
  const invitation = token ? await findInvitation(token) : null
  if (!token || !invitation)
    return (
      <>
        <Intro title={t('joinBadLink')}>{t('joinBadLinkText')}</Intro>
        <Link href="/sign-in" className={buttonClass({ size: 'lg' })}>
          {t('haveAccount')}
        </Link>
      </>
    )
  const [provider, passwords] = [providerSettings(), !passwordsAreOff()]
  return (
    <>
      <Intro title={t('joinTitle')}>{t('joinText', { role: invitation.role })}</Intro>
      {provider && (invitation.email || !passwords) && <ProviderButton label={provider.label} next="/" />}
      {passwords && (
        <JoinForm
          token={token}
          name={invitation.name ?? ''}
          email={invitation.email}
          submitLabel={t('joinButton')}
        />
      )}
    </>
  )
}
