'use client'

import { useTranslations } from 'next-intl'
import { useActionState } from 'react'
import { call } from '#app/_components/api/call'
import { useErrorText } from '#app/_components/api/error-text'
import { Button } from '#app/_components/ui/button.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import { PasswordField } from '#app/_components/ui/password-field.tsx'
import { enter } from './enter.ts'

/** Sets a new password with a one-time link, then signs in with it. */
export function ResetForm({ token, email }: { token: string; email: string }) {
  const t = useTranslations('auth')
  const errorText = useErrorText()
  const [state, submit, pending] = useActionState<{ problem?: string; done?: boolean }, FormData>(
    async (_before, data) => {
      const password = String(data.get('password'))
      try {
        await call('POST', 'reset', { token, password })
        location.assign((await enter(email, password)) === 'entered' ? '/' : '/sign-in?with=password')
        return { done: true }
      } catch (error) {
        return { problem: errorText(error) }
      }
    },
    {},
  )
  return (
    <form action={submit} className="grid gap-4">
      {state.problem && (
        <Note tone="danger" role="alert">
          {state.problem}
        </Note>
      )}
      {/* Tells a password manager whose password this is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        label={t('newPassword')}
        autoComplete="new-password"
        minLength={10}
        maxLength={200}
        hint={t('passwordHint')}
        autoFocus
      />
      <Button type="submit" look="primary" size="lg" disabled={pending || state.done}>
        {t('resetButton')}
      </Button>
    </form>
  )
}
