'use client'

import { ChevronRight } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button } from '#app/_components/ui/button.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { Slider } from '#app/_components/ui/slider.tsx'
import { useOptionWords } from '#app/(portal)/_jobs/options-list.tsx'
import {
  DEFAULT_OPTIONS,
  type EngineName,
  QUALITIES,
  type RenderOptions,
  supportsOption,
} from '#core/engine/options'
import type { EngineChoice } from './engine-choices.ts'
import { EngineField } from './engine-field.tsx'
import { FacePoint } from './face-point.tsx'
import { OutputFields } from './output-fields.tsx'

interface FieldsProps {
  options: RenderOptions
  onChange: (options: RenderOptions) => void
  engines: EngineChoice[]
  defaultEngine: EngineName
  /** A presenter's picture, to point at a face. */
  picture: { src: string; width: number; height: number } | null
}

/** How the batch is rendered, folded; what differs from the ordinary render is said on the fold. */
export function OptionsFields(props: FieldsProps) {
  const t = useTranslations('options')
  const words = useOptionWords()(props.options)
  return (
    <details className="group -mx-4 border-y">
      <summary className="flex items-center gap-2 px-4 py-2.5 text-sm font-medium select-none hover:bg-hover [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden="true"
          className="size-4 shrink-0 text-muted transition-transform group-open:rotate-90"
        />
        {t('title')}
        <span className="ml-auto truncate font-normal text-muted">
          {words.length > 0 ? words.map(({ value }) => value).join(' · ') : t('none')}
        </span>
      </summary>
      <Fields {...props} changed={words.length > 0} />
    </details>
  )
}

function Fields({
  options,
  onChange,
  engines,
  defaultEngine,
  picture,
  changed,
}: FieldsProps & { changed: boolean }) {
  const t = useTranslations('options')
  const word = useTranslations('new')
  const set = (change: Partial<RenderOptions>) => onChange({ ...options, ...change })
  const { leadMs, face } = options
  const ignored = (option: keyof RenderOptions) => !supportsOption(options.engine ?? defaultEngine, option)
  const lead = leadMs < 0 ? t('lagHint', { n: -leadMs }) : t('leadHint', { n: leadMs })
  const percent = (value: number) => t('percent', { n: Math.round(value * 100) })
  return (
    <div className="grid gap-4 px-4 pt-1 pb-4">
      <Select
        id="option-quality"
        label={t('quality')}
        value={options.quality}
        choices={QUALITIES.map((value) => ({ value, label: t(`qualities.${value}`) }))}
        hint={t(`qualityHints.${options.quality}`)}
        onChoose={(value) => set({ quality: value as RenderOptions['quality'] })}
      />
      <EngineField engine={options.engine} engines={engines} onChoose={(engine) => set({ engine })} />
      <Select
        id="option-face"
        label={t('face')}
        value={typeof face === 'string' ? face : 'point'}
        choices={(['largest', 'left', 'right', 'point'] as const).map((value) => ({
          value,
          label: t(`faces.${value}`),
        }))}
        disabled={ignored('face')}
        hint={ignored('face') && word('unsupported')}
        onChoose={(value) => set({ face: value === 'point' ? { x: 0.5, y: 0.4 } : (value as 'left') })}
      />
      {typeof face === 'object' && !ignored('face') && (
        <FacePoint picture={picture} point={face} onPick={(point) => set({ face: point })} />
      )}
      <Slider
        id="option-lead"
        label={t('leadMs')}
        text={ignored('leadMs') ? word('unsupported') : lead}
        {...{ value: leadMs, min: -200, max: 200, step: 10, disabled: ignored('leadMs') }}
        onChange={(value) => set({ leadMs: value })}
      />
      <Slider
        id="option-strength"
        label={t('strength')}
        text={ignored('strength') ? word('unsupported') : percent(options.strength)}
        {...{ value: options.strength, min: 0.3, max: 1.5, step: 0.05, disabled: ignored('strength') }}
        onChange={(strength) => set({ strength })}
      />
      <Slider
        id="option-expressiveness"
        label={t('expressiveness')}
        text={ignored('expressiveness') ? word('unsupported') : percent(options.expressiveness)}
        {...{ value: options.expressiveness, min: 0, max: 1.5, step: 0.05 }}
        disabled={ignored('expressiveness')}
        onChange={(expressiveness) => set({ expressiveness })}
      />
      <OutputFields options={options} set={set} ignored={ignored} />
      {changed && (
        <Button
          look="quiet"
          size="sm"
          className="justify-self-start"
          onClick={() => onChange(DEFAULT_OPTIONS)}
        >
          {word('reset')}
        </Button>
      )}
    </div>
  )
}
