import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { hasAdmin } from '#core/user/data'
import { firstOf } from '../../_components/search-param.ts'
import { currentUser } from '../../_session/user.ts'
import { Intro } from '../_forms/intro.tsx'
import { safeNext } from '../_forms/safe-next.ts'
import { SignInForm } from '../_forms/sign-in-form.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth'))('signIn') }
}

/** The way in. A portal that nobody has set up yet sends to the set-up page. */
export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string | string[] }>
}) {
  const next = safeNext(firstOf((await searchParams).next))
  if (await currentUser()) redirect(next)
  if (!(await hasAdmin())) redirect('/setup')
  const t = await getTranslations('auth')
  return (
    <>
      <Intro title={t('signIn')} />
      <SignInForm next={next} />
      <p className="text-sm text-muted">{t('noAccount')}</p>
    </>
  )
}
