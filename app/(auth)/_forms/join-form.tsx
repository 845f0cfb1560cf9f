'use client'

import { useTranslations } from 'next-intl'
import { useActionState } from 'react'
import { useCreate } from '#app/_components/api/create'
import { useErrorText } from '#app/_components/api/error-text'
import { Button } from '#app/_components/ui/button.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import { PasswordField } from '#app/_components/ui/password-field.tsx'
import { enter } from './enter.ts'

interface State {
  name: string
  email: string
  problem?: string
  done?: boolean
}

/** Makes an account with a one-time link, then signs it in. */
export function JoinForm({
  token,
  name = '',
  email = null,
  submitLabel,
}: {
  token: string
  name?: string
  /** Whose link it is, where it is only theirs. */
  email?: string | null
  submitLabel: string
}) {
  const t = useTranslations('auth')
  const errorText = useErrorText()
  const create = useCreate()
  const [state, submit, pending] = useActionState<State, FormData>(
    async (_before, data) => {
      const [name, email, password] = ['name', 'email', 'password'].map((key) => String(data.get(key)))
      try {
        await create('join', { token, name, email, password })
        location.assign((await enter(email, password)) === 'entered' ? '/' : '/sign-in')
        return { name, email, done: true }
      } catch (error) {
        return { name, email, problem: errorText(error) }
      }
    },
    { name, email: email ?? '' },
  )
  return (
    <form action={submit} className="grid gap-4">
      {state.problem && (
        <Note tone="danger" role="alert">
          {state.problem}
        </Note>
      )}
      <Field
        id="name"
        name="name"
        label={t('name')}
        autoComplete="name"
        maxLength={80}
        defaultValue={state.name}
        required
        autoFocus
      />
      <Field
        id="email"
        name="email"
        type="email"
        label={t('email')}
        autoComplete="username"
        maxLength={254}
        defaultValue={state.email}
        readOnly={email !== null}
        required
      />
      <PasswordField autoComplete="new-password" minLength={10} maxLength={200} hint={t('passwordHint')} />
      <Button type="submit" look="primary" size="lg" disabled={pending || state.done}>
        {submitLabel}
      </Button>
    </form>
  )
}
