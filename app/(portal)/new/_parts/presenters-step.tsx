'use client'

import { FolderOpen } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button, buttonClass } from '#app/_components/ui/button.tsx'
import { cx } from '#app/_components/ui/cx'
import { DropZone, FilePick } from './drop-zone.tsx'
import { ACCEPT, type Kind } from './file-kind.ts'
import { Step } from './step.tsx'
import { UploadRow } from './upload-row.tsx'
import { isUnderWay, type UploadItem, type Uploads } from './uploads.ts'

/** Step two: any number of videos. */
export function PresentersStep({
  items,
  uploads,
  over,
  onFiles,
}: {
  items: UploadItem[]
  uploads: Uploads
  over: boolean
  onFiles: (files: File[], zone: Kind | null) => void
}) {
  const t = useTranslations('new')
  const take = (files: File[]) => onFiles(files, 'presenter')
  const ready = items.filter((item) => item.status === 'ready').length
  const aside = items.length > 0 && (
    <>
      <span aria-live="polite">{t('presentersReady', { ready, total: items.length })}</span>
      {items.length > 1 && (
        <Button look="quiet" size="sm" onClick={() => uploads.removeAll('presenter')}>
          {t('clear')}
        </Button>
      )}
      <FilePick
        accept={ACCEPT.presenter}
        multiple
        label={t('presentersPick')}
        onFiles={take}
        className={buttonClass({ size: 'sm' })}
      >
        {t('presentersMore')}
      </FilePick>
    </>
  )
  return (
    <Step
      number={2}
      title={t('presenters')}
      hint={t('presentersHint')}
      done={ready > 0 && !items.some(isUnderWay)}
      aside={aside}
      drop="presenter"
    >
      {items.length > 0 ? (
        <ul
          className={cx(
            'divide-y rounded-md border bg-surface transition-colors',
            over && 'border-accent outline-1 outline-accent',
          )}
        >
          {items.map((item) => (
            <UploadRow key={item.key} item={item} uploads={uploads} />
          ))}
        </ul>
      ) : (
        <div className="grid justify-items-start gap-1">
          <DropZone
            text={t('presentersDrop')}
            formats={t('presentersFormats')}
            pick={t('presentersPick')}
            accept={ACCEPT.presenter}
            multiple
            tall
            over={over}
            onFiles={take}
          />
          {/* Phones have no folders to choose. */}
          <FilePick
            folder
            label={t('folderPick')}
            onFiles={(files) => onFiles(files, null)}
            className={cx(buttonClass({ look: 'quiet', size: 'sm' }), 'pointer-coarse:hidden')}
          >
            <FolderOpen aria-hidden="true" />
            {t('folderPick')}
          </FilePick>
        </div>
      )}
    </Step>
  )
}
