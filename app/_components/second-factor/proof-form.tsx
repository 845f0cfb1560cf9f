'use client'

import { useTranslations } from 'next-intl'
import { useActionState } from 'react'
import { useErrorText } from '#app/_components/api/error-text'
import { Button } from '#app/_components/ui/button.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import { PasswordField } from '#app/_components/ui/password-field.tsx'

/** Password and code, without which nobody changes a second factor: a session alone may be somebody else's. */
export function ProofForm({
  email,
  codeHint,
  label,
  danger,
  prove,
}: {
  email: string
  codeHint: string
  /** Of the button. */
  label: string
  danger?: boolean
  prove: (proof: { password: string; code: string }) => Promise<void>
}) {
  const t = useTranslations('secondFactor')
  const profile = useTranslations('profile')
  const errorText = useErrorText()
  const [problem, submit, pending] = useActionState<string | null, FormData>(async (_before, data) => {
    try {
      await prove({ code: String(data.get('code')), password: String(data.get('proof-password')) })
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
      <Field
        id="code"
        name="code"
        label={t('code')}
        hint={codeHint}
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={40}
        required
        autoFocus
      />
      {/* Tells a password manager whose password this is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        id="proof-password"
        label={profile('current')}
        autoComplete="current-password"
        maxLength={200}
      />
      <div>
        <Button type="submit" look={danger ? 'danger' : 'primary'} size="lg" disabled={pending}>
          {label}
        </Button>
      </div>
    </form>
  )
}
