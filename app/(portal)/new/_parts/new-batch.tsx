'use client'

import { useTranslations } from 'next-intl'
import { toast } from 'sonner'
import { bareName } from '#app/_components/format'
import { type Kind, sortFiles } from './file-kind.ts'
import { PresentersStep } from './presenters-step.tsx'
import { type RenderSetting, RenderStep } from './render-step.tsx'
import { SpeechStep } from './speech-step.tsx'
import { useLeaveWarning } from './use-leave-warning.ts'
import { usePageFiles } from './use-page-files.ts'
import { useUploads } from './use-uploads.ts'

/** A new batch on one page: a speech, its presenters, and the button. In any order. */
export function NewBatch({ setting }: { setting: RenderSetting }) {
  const t = useTranslations('new')
  const { uploads, items, busy } = useUploads(() => toast(t('smallerParts')))
  const speech = items.find((item) => item.kind === 'speech')
  const presenters = items.filter((item) => item.kind === 'presenter')

  const take = (files: File[], zone: Kind | null) => {
    const sorted = sortFiles(files, zone)
    if (sorted.speech.length > 0) uploads.add('speech', sorted.speech)
    if (sorted.presenter.length > 0) uploads.add('presenter', sorted.presenter)
    const [stranger, ...more] = sorted.unknown
    if (stranger) toast.error(t('notMedia', { name: stranger.name, more: more.length }))
  }
  const { over } = usePageFiles(take)
  useLeaveWarning(busy, t('leave'))

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-8 lg:grid-cols-[minmax(0,1fr)_320px] lg:gap-10">
      <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-8">
        <SpeechStep
          item={speech}
          uploads={uploads}
          over={over === 'speech' || over === 'page'}
          onFiles={take}
        />
        <PresentersStep
          items={presenters}
          uploads={uploads}
          over={over === 'presenter' || over === 'page'}
          onFiles={take}
        />
      </div>
      <RenderStep
        speech={speech}
        presenters={presenters}
        setting={setting}
        suggestedName={speech ? bareName(speech.file.name).replace(/[_-]+/g, ' ').trim().slice(0, 120) : ''}
      />
    </div>
  )
}
