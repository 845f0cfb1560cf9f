'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { Field } from '#app/_components/ui/field.tsx'

/** The name that others see. */
export function NameForm({ name }: { name: string }) {
  const t = useTranslations('profile')
  const { run, pending } = useAction()
  const [typed, setTyped] = useState(name)
  const wanted = typed.trim()
  return (
    <form
      className="flex items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        run(() => call('PATCH', 'profile', { name: wanted }), t('saved'))
      }}
    >
      <div className="min-w-0 flex-1">
        <Field
          id="name"
          label={t('yourName')}
          autoComplete="name"
          maxLength={80}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          required
        />
      </div>
      <Button type="submit" size="lg" disabled={pending || wanted === '' || wanted === name}>
        {t('save')}
      </Button>
    </form>
  )
}
