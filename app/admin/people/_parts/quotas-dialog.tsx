'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { fileSize } from '#app/_components/format'
import { Button } from '#app/_components/ui/button.tsx'
import { cx } from '#app/_components/ui/cx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { inputClass } from '#app/_components/ui/field.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import type { QueueLimits, UserQuotas } from '#core/limits/schema'

const GB = 1e9
const FIELDS = [
  ['maxBytesPerUser', GB],
  ['maxOpenUploadsPerUser', 1],
  ['maxWaitingPerUser', 1],
  ['gpuMinutesPerUserPerDay', 1],
] as const

type Name = (typeof FIELDS)[number][0]

/** How much room and time a person has: as everybody, as much as they like, or a number of their own. */
export function QuotasDialog({
  id,
  name,
  bytes,
  quotas,
  defaults,
  onClose,
}: {
  id: string
  name: string
  bytes: number
  quotas: UserQuotas
  defaults: QueueLimits
  onClose: () => void
}) {
  const t = useTranslations('quotas')
  const action = useTranslations('action')
  const { run, pending } = useAction()
  const [wanted, setWanted] = useState<UserQuotas>(quotas)
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('title', { name })}
      text={t('text', { name, size: fileSize(bytes) })}
      closeLabel={action('close')}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          run(async () => {
            await call('PUT', `users/${id}/quotas`, wanted)
            onClose()
          }, t('saved'))
        }}
      >
        {FIELDS.map(([field, unit]) => (
          <QuotaField
            key={field}
            name={field}
            unit={unit}
            value={wanted[field]}
            byDefault={defaults[field]}
            onChange={(value) => setWanted({ ...wanted, [field]: value })}
          />
        ))}
        <div className="flex justify-end">
          <Button type="submit" look="primary" disabled={pending}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** `undefined`: as everybody; null: no limit. */
function QuotaField({
  name,
  unit,
  value,
  byDefault,
  onChange,
}: {
  name: Name
  unit: number
  value: number | null | undefined
  byDefault: number | null
  onChange: (value: number | null | undefined) => void
}) {
  const t = useTranslations('quotas')
  const shown = byDefault === null ? t('noLimit') : String(byDefault / unit)
  const kind = value === undefined ? 'default' : value === null ? 'none' : 'own'
  const choose = (next: string) =>
    onChange(next === 'default' ? undefined : next === 'none' ? null : (byDefault ?? 100 * unit))
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_7rem] items-end gap-3">
      <Select
        id={name}
        label={t(name)}
        value={kind}
        choices={[
          { value: 'default', label: t('asEverybody', { value: shown }) },
          { value: 'none', label: t('noLimit') },
          { value: 'own', label: t('own') },
        ]}
        onChoose={choose}
      />
      {typeof value === 'number' && (
        <input
          type="number"
          aria-label={`${t(name)}: ${t('own')}`}
          min={name === 'maxBytesPerUser' ? 0 : 1}
          step={unit === 1 ? 1 : 'any'}
          required
          value={value / unit}
          onChange={(event) => onChange(Math.round(Number(event.target.value) * unit))}
          className={cx(inputClass, 'h-8 px-2.5 text-sm max-sm:h-10')}
        />
      )}
    </div>
  )
}
