'use client'

import { useTranslations } from 'next-intl'
import { type SubmitEvent, useState } from 'react'
import { call } from '../../_components/api/call.ts'
import { useErrorText } from '../../_components/api/error-text.ts'
import { Button } from '../../_components/ui/button.tsx'
import { Field } from '../../_components/ui/field.tsx'
import { Note } from '../../_components/ui/note.tsx'
import { enter } from './enter.ts'
import { PasswordField } from './password-field.tsx'

/** Makes an account with a one-time link, then signs it in. */
export function JoinForm({ token, submitLabel }: { token: string; submitLabel: string }) {
  const t = useTranslations('auth')
  const errorText = useErrorText()
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const [name, email, password] = ['name', 'email', 'password'].map((key) => String(data.get(key)))
    setBusy(true)
    setProblem(undefined)
    try {
      await call('POST', 'join', { token, name, email, password })
      location.assign((await enter(email, password)) === 'entered' ? '/' : '/sign-in')
    } catch (error) {
      setProblem(errorText(error))
      setBusy(false)
    }
  }

  return (
    <form onSubmit={submit} method="post" className="grid gap-4">
      {problem && (
        <Note tone="danger" role="alert">
          {problem}
        </Note>
      )}
      <Field id="name" name="name" label={t('name')} autoComplete="name" maxLength={80} required autoFocus />
      <Field
        id="email"
        name="email"
        type="email"
        label={t('email')}
        autoComplete="username"
        maxLength={254}
        required
      />
      <PasswordField autoComplete="new-password" minLength={10} maxLength={200} hint={t('passwordHint')} />
      <Button type="submit" look="primary" size="lg" disabled={busy}>
        {submitLabel}
      </Button>
    </form>
  )
}
