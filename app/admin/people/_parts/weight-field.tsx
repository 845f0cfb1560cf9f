'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'

/** Somebody's share of the GPUs under fair sharing; written when one leaves the field or presses Enter. */
export function WeightField({ id, name, weight }: { id: string; name: string; weight: number }) {
  const t = useTranslations('admin')
  const { run, pending } = useAction()
  const [typed, setTyped] = useState(String(weight))
  const save = () => {
    const next = Number(typed)
    if (next === weight || !(next >= 0.1 && next <= 10)) return setTyped(String(weight))
    run(() => call('PUT', `users/${id}/weight`, { weight: next }), t('weightToast'))
  }
  return (
    <input
      type="number"
      min={0.1}
      max={10}
      step={0.1}
      value={typed}
      disabled={pending}
      aria-label={t('weightOf', { name })}
      title={t('weightHint')}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      className="h-7 w-16 rounded-sm border border-line bg-surface px-2 text-sm hover:border-line-strong"
    />
  )
}
