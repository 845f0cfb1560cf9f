'use client'

import { signOut } from 'next-auth/react'
import { useTranslations } from 'next-intl'
import { SecondFactorSetup } from '#app/_components/second-factor/setup.tsx'

/** Sets a second factor up right after the sign-in, or leaves. */
export function FirstSetup({ email, next }: { email: string; next: string }) {
  const t = useTranslations('nav')
  return (
    <>
      <SecondFactorSetup email={email} onDone={() => location.assign(next)} />
      <p className="text-sm text-muted">
        {email} ·{' '}
        <button
          type="button"
          className="underline decoration-line-strong underline-offset-2 hover:text-ink"
          onClick={() => void signOut({ callbackUrl: '/sign-in' })}
        >
          {t('signOut')}
        </button>
      </p>
    </>
  )
}
