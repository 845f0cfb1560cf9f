'use client'

import { useTranslations } from 'next-intl'
import { Waveform } from '#app/_components/media/waveform.tsx'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { DropZone, FilePick } from './drop-zone.tsx'
import { ACCEPT, type Kind } from './file-kind.ts'
import { RecordSpeech } from './record-speech.tsx'
import { Step } from './step.tsx'
import { UploadRow } from './upload-row.tsx'
import type { UploadItem, Uploads } from './uploads.ts'

/** Step one: the sound that everybody will speak. */
export function SpeechStep({
  item,
  uploads,
  over,
  onFiles,
}: {
  item: UploadItem | undefined
  uploads: Uploads
  over: boolean
  onFiles: (files: File[], zone: Kind) => void
}) {
  const t = useTranslations('new')
  const take = (files: File[]) => onFiles(files, 'speech')
  const replace = item && (
    <FilePick
      accept={ACCEPT.speech}
      label={t('speechPick')}
      onFiles={take}
      className={buttonClass({ look: 'quiet', size: 'sm' })}
    >
      {t('speechReplace')}
    </FilePick>
  )
  return (
    <Step
      number={1}
      title={t('speech')}
      hint={t('speechHint')}
      done={item?.status === 'ready'}
      aside={replace}
      drop="speech"
    >
      {item ? (
        <div className="rounded-md border bg-surface">
          <ul>
            <UploadRow item={item} uploads={uploads} />
          </ul>
          {item.asset && (
            <Waveform
              className="px-3 pb-3"
              src={`/api/v1/assets/${item.asset.id}/media`}
              peaks={item.asset.peaks}
              durationMs={item.asset.durationMs}
              labels={{
                play: t('playSpeech'),
                pause: t('pauseSpeech'),
                waveform: t('waveform', { name: item.file.name }),
              }}
            />
          )}
        </div>
      ) : (
        <div className="grid gap-1">
          <DropZone
            text={t('speechDrop')}
            formats={t('speechFormats')}
            pick={t('speechPick')}
            accept={ACCEPT.speech}
            over={over}
            onFiles={take}
          />
          <RecordSpeech onFile={(file) => take([file])} />
        </div>
      )}
    </Step>
  )
}
