'use client'

import { useTranslations } from 'next-intl'
import { useActionState } from 'react'
import { call } from '#app/_components/api/call'
import { useErrorText } from '#app/_components/api/error-text'
import { Button } from '#app/_components/ui/button.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import { Note } from '#app/_components/ui/note.tsx'

interface State {
  email: string
  problem?: string
  sent?: boolean
}

/** Asks for a link by mail; says the same for every address. */
export function ForgotForm() {
  const t = useTranslations('auth')
  const errorText = useErrorText()
  const [state, submit, pending] = useActionState<State, FormData>(
    async (_before, data) => {
      const email = String(data.get('email'))
      try {
        await call('POST', 'forgot', { email })
        return { email, sent: true }
      } catch (error) {
        return { email, problem: errorText(error) }
      }
    },
    { email: '' },
  )
  if (state.sent) return <p role="status">{t('forgotSent', { email: state.email })}</p>
  return (
    <form action={submit} className="grid gap-4">
      {state.problem && (
        <Note tone="danger" role="alert">
          {state.problem}
        </Note>
      )}
      <Field
        id="email"
        name="email"
        type="email"
        label={t('email')}
        autoComplete="username"
        maxLength={254}
        defaultValue={state.email}
        required
        autoFocus
      />
      <Button type="submit" look="primary" size="lg" disabled={pending}>
        {t('forgotButton')}
      </Button>
    </form>
  )
}
