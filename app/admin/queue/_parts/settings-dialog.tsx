'use client'

import { Settings2 } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type ReactNode, useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import type { QueueLimits } from '#core/limits/schema'

export interface QueueSettings {
  policy: 'fifo' | 'fair'
  agingMinutes: number | null
  preemption: boolean
  limits: QueueLimits
}

const GB = 1e9

/** How the queue is steered: order, aging, preemption and limits, in a small window. */
export function SettingsDialog({ settings, children }: { settings: QueueSettings; children?: ReactNode }) {
  const t = useTranslations('settings')
  const action = useTranslations('action')
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Settings2 aria-hidden="true" />
        {t('title')}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t('title')} closeLabel={action('close')}>
        <Form settings={settings} onSaved={() => setOpen(false)} />
        {children}
      </Dialog>
    </>
  )
}

function Form({ settings, onSaved }: { settings: QueueSettings; onSaved: () => void }) {
  const t = useTranslations('settings')
  const { run, pending } = useAction()
  const { limits } = settings
  const [policy, setPolicy] = useState(settings.policy)
  const [preemption, setPreemption] = useState(settings.preemption)
  const save = (data: FormData) =>
    run(async () => {
      const number = (name: string) => (String(data.get(name)).trim() === '' ? null : Number(data.get(name)))
      const minutes = number('aging')
      const wanted = {
        maxWaitingPerUser: number('perUser'),
        maxWaiting: number('inAll'),
        gpuMinutesPerUserPerDay: number('minutes'),
        maxBytesPerUser: bytesOf(number('room'), limits.maxBytesPerUser),
        maxOpenUploadsPerUser: number('uploads'),
        minFreeDiskBytes: bytesOf(number('free') ?? 0, limits.minFreeDiskBytes) ?? 0,
      }
      if (minutes !== settings.agingMinutes) await call('PUT', 'queue/aging', { minutes })
      if (preemption !== settings.preemption) await call('PUT', 'queue/preemption', { on: preemption })
      if (!same(wanted, limits)) await call('PUT', 'queue/limits', wanted)
      if (policy !== settings.policy) await call('POST', 'queue/policy', { policy })
      onSaved()
    }, t('saved'))
  const count = { type: 'number', inputMode: 'numeric', min: 1, placeholder: t('none') } as const
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save(new FormData(event.currentTarget))
      }}
    >
      <Select
        id="policy"
        label={t('policy')}
        value={policy}
        choices={(['fifo', 'fair'] as const).map((value) => ({ value, label: t(`policies.${value}`) }))}
        hint={t('policyHint')}
        onChoose={(value) => setPolicy(value as 'fifo')}
      />
      <Field
        id="aging"
        name="aging"
        label={t('aging')}
        hint={t('agingHint')}
        {...count}
        max={43_200}
        placeholder=""
        defaultValue={settings.agingMinutes ?? ''}
      />
      <div className="grid gap-1">
        <label htmlFor="preemption" className="flex items-center gap-2 text-sm font-medium">
          <input
            id="preemption"
            type="checkbox"
            checked={preemption}
            onChange={(event) => setPreemption(event.target.checked)}
            aria-describedby="preemption-hint"
            className="size-4 accent-accent"
          />
          {t('preemption')}
        </label>
        <p id="preemption-hint" className="text-xs text-muted">
          {t('preemptionHint')}
        </p>
      </div>
      <fieldset className="grid items-end gap-3 border-t pt-4 sm:grid-cols-2">
        <legend className="float-left text-sm font-medium text-muted sm:col-span-2">{t('limits')}</legend>
        <Field
          id="per-user"
          name="perUser"
          label={t('maxWaitingPerUser')}
          {...count}
          defaultValue={limits.maxWaitingPerUser ?? ''}
        />
        <Field
          id="in-all"
          name="inAll"
          label={t('maxWaiting')}
          {...count}
          defaultValue={limits.maxWaiting ?? ''}
        />
        <Field
          id="gpu-minutes"
          name="minutes"
          label={t('gpuMinutes')}
          {...count}
          defaultValue={limits.gpuMinutesPerUserPerDay ?? ''}
        />
        <Field
          id="room"
          name="room"
          label={t('maxBytes')}
          {...count}
          min={0}
          step="any"
          defaultValue={limits.maxBytesPerUser === null ? '' : gigabytesOf(limits.maxBytesPerUser)}
        />
        <Field
          id="uploads"
          name="uploads"
          label={t('maxOpenUploads')}
          {...count}
          defaultValue={limits.maxOpenUploadsPerUser ?? ''}
        />
        <Field
          id="min-free"
          name="free"
          label={t('minFree')}
          {...count}
          min={0}
          step="any"
          defaultValue={gigabytesOf(limits.minFreeDiskBytes)}
        />
      </fieldset>
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={pending}>
          {t('save')}
        </Button>
      </div>
    </form>
  )
}

/** Bytes in gigabytes as they are shown: three digits. */
const gigabytesOf = (bytes: number): number => Number((bytes / GB).toPrecision(3))

/** What is typed in bytes; where it is what was shown, the bytes that were there, whose other digits it lacks. */
function bytesOf(gigabytes: number | null, before: number | null): number | null {
  if (gigabytes === null) return null
  return before !== null && gigabytes === gigabytesOf(before) ? before : Math.round(gigabytes * GB)
}

const same = (a: QueueLimits, b: QueueLimits): boolean =>
  (Object.keys(a) as (keyof QueueLimits)[]).every((name) => a[name] === b[name])
