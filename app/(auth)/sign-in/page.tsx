import type { Metadata } from 'next'
import { headers } from 'next/headers'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { currentUser } from '#app/_auth/user'
import { firstOf } from '#app/_components/search-param'
import { Note } from '#app/_components/ui/note.tsx'
import { originOf } from '#app/_server/origin'
import { Intro } from '#app/(auth)/_forms/intro.tsx'
import { ProviderButton } from '#app/(auth)/_forms/provider-button.tsx'
import { safeNext } from '#app/(auth)/_forms/safe-next'
import { SignInForm } from '#app/(auth)/_forms/sign-in-form.tsx'
import { hasAdmin } from '#core/user/data'
import { passwordsAreOff, providerSettings } from '#core/user/provider-settings'
import type { ProviderRefusal } from '#core/user/provider-sign-in'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth'))('signIn') }
}

/** The way in. A portal that nobody has set up yet sends to the set-up page. */
export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<'next' | 'callbackUrl' | 'error' | 'with', string | string[] | undefined>>
}) {
  const query = await searchParams
  // next-auth has another name for it, where a sign-in through the provider failed.
  const next = safeNext(firstOf(query.next ?? query.callbackUrl), originOf(await headers()))
  if (await currentUser()) redirect(next)
  const provider = providerSettings()
  // Where roles come from the provider, the first admin does too.
  if (!provider?.roleClaim && !(await hasAdmin())) redirect('/setup')
  const t = await getTranslations('auth')
  const [error, passwords] = [firstOf(query.error), !passwordsAreOff()]
  return (
    <>
      <Intro title={t('signIn')} />
      {error && (
        <Note tone="danger" role="alert">
          {t(isRefusal(error) ? `refused.${error}` : 'providerFailed')}
        </Note>
      )}
      {provider && <ProviderButton label={provider.label} next={next} />}
      {(passwords || firstOf(query.with) === 'password') && <SignInForm next={next} />}
      <div className="grid gap-1 text-sm text-muted">
        {passwords && (
          <p>
            <Link
              href="/forgot"
              className="underline decoration-line-strong underline-offset-2 hover:text-ink"
            >
              {t('forgot')}
            </Link>
          </p>
        )}
        <p>{t('noAccount')}</p>
      </div>
    </>
  )
}

const REFUSALS: Record<ProviderRefusal, true> = {
  ...{ wrong_issuer: true, unverified: true, wrong_domain: true },
  ...{ no_account: true, other_person: true, disabled: true },
}

const isRefusal = (error: string): error is ProviderRefusal => Object.hasOwn(REFUSALS, error)
