'use client'

import { useTranslations } from 'next-intl'
import { useActionState } from 'react'
import { toast } from 'sonner'
import { call } from '#app/_components/api/call'
import { useErrorText } from '#app/_components/api/error-text'
import { Button } from '#app/_components/ui/button.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import { PasswordField } from '#app/_components/ui/password-field.tsx'

/** Changes the password; asks for the present one, as a session alone may be somebody else's. */
export function PasswordForm({ email }: { email: string }) {
  const t = useTranslations('profile')
  const auth = useTranslations('auth')
  const errorText = useErrorText()
  const [problem, submit, pending] = useActionState<string | null, FormData>(async (_before, data) => {
    const [current, password] = ['current', 'new-password'].map((key) => String(data.get(key)))
    try {
      await call('PUT', 'profile/password', { current, password })
      toast.success(t('passwordToast'))
      return null
    } catch (error) {
      return errorText(error)
    }
  }, null)
  return (
    <form action={submit} className="grid gap-4">
      {problem && (
        <Note tone="danger" role="alert">
          {problem}
        </Note>
      )}
      {/* Tells a password manager whose password this is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField id="current" label={t('current')} autoComplete="current-password" maxLength={200} />
      <PasswordField
        id="new-password"
        label={t('new')}
        autoComplete="new-password"
        minLength={10}
        maxLength={200}
        hint={auth('passwordHint')}
      />
      <div>
        <Button type="submit" size="lg" disabled={pending}>
          {t('change')}
        </Button>
      </div>
    </form>
  )
}
