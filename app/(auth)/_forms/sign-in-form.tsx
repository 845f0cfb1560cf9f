'use client'

import { useTranslations } from 'next-intl'
import { startTransition, useActionState } from 'react'
import { useWaitText } from '#app/_components/api/error-text'
import { Button } from '#app/_components/ui/button.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import { PasswordField } from '#app/_components/ui/password-field.tsx'
import { type EnterOutcome, enter } from './enter.ts'

interface State {
  email: string
  /** Right, as far as is known: kept in memory while a code is asked for. */
  password?: string
  outcome?: EnterOutcome
}

const START: State = { email: '' }

/**
 * E-mail and password, then a code where the account has a second factor; on success to `next`. An action, so that a
 * click before hydration is not lost.
 */
export function SignInForm({ next }: { next: string }) {
  const t = useTranslations('auth')
  const waitText = useWaitText()
  const [{ email, password, outcome }, submit, pending] = useActionState<State, FormData | null>(
    async (before, data) => {
      if (!data) return START
      const email = before.password ? before.email : String(data.get('email'))
      const password = before.password ?? String(data.get('password'))
      const answer = await enter(email, password, before.password && String(data.get('code')))
      // A full load, so that nothing of an earlier session stays in the tab.
      if (answer === 'entered') location.assign(next)
      const known = answer === 'code_needed' || (before.password && answer !== 'wrong')
      return { email, outcome: answer, ...(known ? { password } : {}) }
    },
    START,
  )
  return (
    <form action={submit} className="grid gap-4">
      {outcome && outcome !== 'entered' && outcome !== 'code_needed' && (
        <Note tone="danger" role="alert">
          {typeof outcome === 'object' ? t('tooMany', { wait: waitText(outcome.waitSeconds) }) : t(outcome)}
        </Note>
      )}
      {password ? (
        <Field
          id="code"
          name="code"
          label={t('code')}
          hint={t('codeHint')}
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={40}
          required
          autoFocus
        />
      ) : (
        <>
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
        </>
      )}
      <Button type="submit" look="primary" size="lg" disabled={pending || outcome === 'entered'}>
        {t('signIn')}
      </Button>
      {password && (
        <Button size="lg" look="quiet" disabled={pending} onClick={() => startTransition(() => submit(null))}>
          {t('startAgain')}
        </Button>
      )}
    </form>
  )
}
