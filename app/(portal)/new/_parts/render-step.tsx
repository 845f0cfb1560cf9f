'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type SubmitEvent, useState } from 'react'
import { useCreate } from '#app/_components/api/create'
import { useErrorText } from '#app/_components/api/error-text'
import { clockLength } from '#app/_components/format'
import { Button } from '#app/_components/ui/button.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { DEFAULT_OPTIONS, type EngineName, type RenderOptions } from '#core/engine/options'
import { BANDS, type Band, mayChoose } from '#core/queue/ordering'
import type { Role } from '#prisma/enums'
import type { EngineChoice } from './engine-choices.ts'
import { type Allowance, Estimate } from './estimate.tsx'
import { OptionsFields } from './options-fields.tsx'
import { Step } from './step.tsx'
import type { UploadItem } from './uploads.ts'
import { useDraft } from './use-draft.ts'
import { useMissing } from './use-missing.ts'

/** What the server knows that the render step needs. */
export interface RenderSetting {
  role: Role
  engines: EngineChoice[]
  /** The engine of a batch that names none. */
  defaultEngine: EngineName
  allowance: Allowance
}

/** Step three: a name, how to render, what it will take, and the button, which says what is missing until nothing is. */
export function RenderStep({
  speech,
  presenters,
  suggestedName,
  setting,
}: {
  speech: UploadItem | undefined
  presenters: UploadItem[]
  suggestedName: string
  setting: RenderSetting
}) {
  const t = useTranslations('new')
  const router = useRouter()
  const errorText = useErrorText()
  const create = useCreate()
  const [typed, setTyped] = useState<string | null>(null)
  const [options, setOptions] = useState<RenderOptions>(DEFAULT_OPTIONS)
  const [band, setBand] = useState<Band>('normal')
  const [sending, setSending] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const name = typed ?? suggestedName
  const ready = presenters.filter((item) => item.status === 'ready')
  const missing = useMissing(speech, presenters, name)
  const draft = useDraft(speech, ready, band, options)
  const bands = useBandChoices(setting.role)

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (missing || sending) return
    setSending(true)
    setProblem(null)
    try {
      const presenterIds = ready.map((item) => item.assetId)
      const body = { name: name.trim(), speechId: speech?.assetId, presenterIds, band, options }
      const { id } = await create<{ id: string }>('batches', body)
      router.push(`/batches/${id}`)
    } catch (error) {
      setProblem(errorText(error))
      setSending(false)
    }
  }

  const skipped = presenters.filter((item) => item.status === 'refused' || item.status === 'failed').length
  return (
    <div className="lg:sticky lg:top-8 lg:self-start">
      <Step number={3} title={t('render')} hint={t('renderHint')} done={!missing}>
        <form onSubmit={submit} className="grid gap-4 rounded-md border bg-surface p-4">
          <Field
            id="batch-name"
            label={t('name')}
            placeholder={t('namePlaceholder')}
            value={name}
            maxLength={120}
            onChange={(event) => setTyped(event.target.value)}
          />
          <Select
            id="batch-band"
            label={t('priority')}
            value={band}
            choices={bands}
            hint={band === 'low' && t('priorityHint')}
            onChoose={(value) => setBand(value as Band)}
          />
          <OptionsFields
            options={options}
            onChange={setOptions}
            engines={setting.engines}
            defaultEngine={setting.defaultEngine}
            picture={pictureOf(ready)}
          />
          <Estimate draft={draft} allowance={setting.allowance} />
          {problem && (
            <Note tone="danger" role="alert">
              {problem}
            </Note>
          )}
          <Button type="submit" look="primary" size="lg" disabled={missing !== null || sending}>
            {sending ? t('submitting') : t('submit', { n: ready.length })}
          </Button>
          <div className="grid gap-1 text-sm text-muted" aria-live="polite">
            <p>
              {missing ??
                t('summary', { n: ready.length, length: clockLength(speech?.asset?.durationMs ?? 0) })}
            </p>
            {skipped > 0 && <p>{t('skipped', { n: skipped })}</p>}
          </div>
        </form>
      </Step>
    </div>
  )
}

function useBandChoices(role: RenderSetting['role']) {
  const t = useTranslations('band')
  return BANDS.filter((value) => mayChoose(role, value)).map((value) => ({ value, label: t(value) }))
}

/** The first presenter's picture. */
function pictureOf(ready: UploadItem[]) {
  const asset = ready.find((item) => item.asset?.thumbnail && item.asset.width)?.asset
  return asset?.thumbnail ? { src: asset.thumbnail, width: asset.width!, height: asset.height! } : null
}
