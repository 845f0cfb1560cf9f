'use client'

import { useTranslations } from 'next-intl'
import { useActionState } from 'react'
import { useWaitText } from '#app/_components/api/error-text'
import { Button } from '#app/_components/ui/button.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import { PasswordField } from '#app/_components/ui/password-field.tsx'
import { type EnterOutcome, enter } from './enter.ts'

interface State {
  email: string
  outcome?: EnterOutcome
}

/** E-mail and password; on success to `next`. An action, so that a click before hydration is not lost. */
export function SignInForm({ next }: { next: string }) {
  const t = useTranslations('auth')
  const waitText = useWaitText()
  const [{ email, outcome }, submit, pending] = useActionState<State, FormData>(
    async (_before, data) => {
      const given = String(data.get('email'))
      const answer = await enter(given, String(data.get('password')))
      // A full load, so that nothing of an earlier session stays in the tab.
      if (answer === 'entered') location.assign(next)
      return { email: given, outcome: answer }
    },
    { email: '' },
  )
  return (
    <form action={submit} className="grid gap-4">
      {outcome && outcome !== 'entered' && (
        <Note tone="danger" role="alert">
          {typeof outcome === 'object' ? t('tooMany', { wait: waitText(outcome.waitSeconds) }) : t(outcome)}
        </Note>
      )}
      <Field
        id="email"
        name="email"
        type="email"
        label={t('email')}
        autoComplete="username"
        defaultValue={email}
        required
        autoFocus
      />
      <PasswordField autoComplete="current-password" />
      <Button type="submit" look="primary" size="lg" disabled={pending || outcome === 'entered'}>
        {t('signIn')}
      </Button>
    </form>
  )
}
