import type { Metadata } from 'next'
import { headers } from 'next/headers'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { currentUser } from '#app/_auth/user'
import { firstOf } from '#app/_components/search-param'
import { originOf } from '#app/_server/origin'
import { Intro } from '#app/(auth)/_forms/intro.tsx'
import { safeNext } from '#app/(auth)/_forms/safe-next'
import { SignInForm } from '#app/(auth)/_forms/sign-in-form.tsx'
import { hasAdmin } from '#core/user/data'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth'))('signIn') }
}

/** The way in. A portal that nobody has set up yet sends to the set-up page. */
export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string | string[] }>
}) {
  const next = safeNext(firstOf((await searchParams).next), originOf(await headers()))
  if (await currentUser()) redirect(next)
  if (!(await hasAdmin())) redirect('/setup')
  const t = await getTranslations('auth')
  return (
    <>
      <Intro title={t('signIn')} />
      <SignInForm next={next} />
      <div className="grid gap-1 text-sm text-muted">
        <p>
          <Link href="/forgot" className="underline decoration-line-strong underline-offset-2 hover:text-ink">
            {t('forgot')}
          </Link>
        </p>
        <p>{t('noAccount')}</p>
      </div>
    </>
  )
}
