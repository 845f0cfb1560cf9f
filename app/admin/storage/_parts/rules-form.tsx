'use client'

import { useTranslations } from 'next-intl'
import { useRef, useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import type { RetentionJson } from '#app/_serial/retention'
import type { Retention } from '#core/retention/schema'
import { Preview } from './preview.tsx'

const RULES = ['resultsDays', 'uploadsDays', 'cachesDays', 'trashDays'] as const

/** The rules of retention in days, and what they would take before anything is saved. */
export function RulesForm({ rules }: { rules: Retention }) {
  const t = useTranslations('storage')
  const { run, pending } = useAction()
  const form = useRef<HTMLFormElement>(null)
  const [preview, setPreview] = useState<RetentionJson | null>(null)
  const typed = () => {
    const data = new FormData(form.current!)
    const days = RULES.map((rule) => [rule, data.get(rule) ? Number(data.get(rule)) : null])
    return Object.fromEntries(days) as Retention
  }
  return (
    <form
      ref={form}
      className="grid gap-4 rounded-md border bg-surface p-4"
      onChange={() => setPreview(null)}
      onSubmit={(event) => {
        event.preventDefault()
        run(() => call('PUT', 'retention', typed()), t('saved'))
      }}
    >
      <div className="grid items-start gap-4 sm:grid-cols-2">
        {RULES.map((rule) => (
          <Field
            key={rule}
            id={rule}
            name={rule}
            type="number"
            inputMode="numeric"
            min={1}
            max={3650}
            required={rule === 'trashDays'}
            label={t(rule)}
            hint={t(`${rule}Hint`)}
            placeholder={rule === 'cachesDays' ? undefined : t('never')}
            defaultValue={rules[rule] ?? ''}
          />
        ))}
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        <Button
          disabled={pending}
          onClick={() => {
            if (form.current?.reportValidity())
              run(async () => setPreview(await call('POST', 'retention/preview', typed())))
          }}
        >
          {t('preview')}
        </Button>
        <Button type="submit" look="primary" disabled={pending}>
          {t('save')}
        </Button>
      </div>
      <div aria-live="polite">{preview && <Preview report={preview} />}</div>
    </form>
  )
}
