'use client'

import { useTranslations } from 'next-intl'
import { type SubmitEvent, useRef, useState } from 'react'
import { Button } from '../../_components/ui/button.tsx'
import { Field } from '../../_components/ui/field.tsx'
import { Note } from '../../_components/ui/note.tsx'
import { type EnterOutcome, enter } from './enter.ts'
import { PasswordField } from './password-field.tsx'

const WHY = { wrong: 'wrong', rate_limited: 'tooMany', unreachable: 'unreachable' } as const

/** E-mail and password; on success to `next`. */
export function SignInForm({ next }: { next: string }) {
  const t = useTranslations('auth')
  const [outcome, setOutcome] = useState<EnterOutcome>()
  const [busy, setBusy] = useState(false)
  const form = useRef<HTMLFormElement>(null)

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    setBusy(true)
    const answer = await enter(String(data.get('email')), String(data.get('password')))
    // A full load, so that nothing of an earlier session stays in the tab.
    if (answer === 'entered') return location.assign(next)
    setOutcome(answer)
    setBusy(false)
    if (answer === 'wrong') form.current?.querySelector<HTMLInputElement>('#password')?.select()
  }

  return (
    <form ref={form} onSubmit={submit} method="post" className="grid gap-4">
      {outcome && outcome !== 'entered' && (
        <Note tone="danger" role="alert">
          {t(WHY[outcome])}
        </Note>
      )}
      <Field
        id="email"
        name="email"
        type="email"
        label={t('email')}
        autoComplete="username"
        required
        autoFocus
      />
      <PasswordField autoComplete="current-password" />
      <Button type="submit" look="primary" size="lg" disabled={busy}>
        {t('signIn')}
      </Button>
    </form>
  )
}
