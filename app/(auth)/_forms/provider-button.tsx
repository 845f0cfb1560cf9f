'use client'

import { signIn } from 'next-auth/react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Button } from '#app/_components/ui/button.tsx'

/** The way in through the OpenID provider, and from there to `next`. */
export function ProviderButton({ label, next }: { label: string; next: string }) {
  const t = useTranslations('auth')
  const [leaving, setLeaving] = useState(false)
  return (
    <Button
      size="lg"
      disabled={leaving}
      onClick={() => {
        setLeaving(true)
        // It loads another page in any case, be it one that says what went wrong.
        void signIn('oidc', { callbackUrl: next }).catch(() => location.assign('/sign-in?error=OAuthSignin'))
      }}
    >
      {t('signInWith', { label })}
    </Button>
  )
}
