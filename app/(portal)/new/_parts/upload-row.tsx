'use client'

import { AudioLines, Check, RotateCw, X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { memo } from 'react'
import { useErrorText } from '#app/_components/api/error-text'
import { clockLength, fileSize } from '#app/_components/format'
import { Bar } from '#app/_components/ui/bar.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Thumb } from '#app/_components/ui/thumb.tsx'
import { Findings } from './findings.tsx'
import { isUnderWay, type UploadItem, type Uploads } from './uploads.ts'

/** One file on its way: what it is, how far it is, and why not where it was refused. */
export const UploadRow = memo(function UploadRow({ item, uploads }: { item: UploadItem; uploads: Uploads }) {
  const t = useTranslations('new')
  const action = useTranslations('action')
  const { file, status, key } = item
  return (
    <li data-status={status} className="content-auto flex items-start gap-3 p-2 pl-3">
      {item.kind === 'speech' ? (
        <span className="grid size-9 shrink-0 place-items-center rounded-sm bg-track text-muted">
          <AudioLines aria-hidden="true" className="size-4" />
        </span>
      ) : (
        <Thumb src={pictureOf(item)} focus={item.asset?.findings.face} className="h-9 w-16 rounded-sm" />
      )}
      <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] gap-0.5">
        <div className="flex items-baseline justify-between gap-4">
          <p className="min-w-0 truncate font-medium" title={file.name}>
            {file.name}
          </p>
          <StatusWord item={item} />
        </div>
        <Detail item={item} />
        {item.asset && <Findings asset={item.asset} />}
        {isUnderWay(item) && <Bar value={item.sent} label={t('status.uploading')} className="mt-1" />}
      </div>
      {(status === 'failed' || status === 'signedOut') && (
        <Button look="quiet" size="icon" aria-label={action('retry')} onClick={() => uploads.retry(key)}>
          <RotateCw aria-hidden="true" />
        </Button>
      )}
      <Button
        look="quiet"
        size="icon"
        aria-label={`${action(isUnderWay(item) ? 'cancel' : 'remove')}: ${file.name}`}
        onClick={() => uploads.remove(key)}
      >
        <X aria-hidden="true" />
      </Button>
    </li>
  )
})

/** The poster takes the place of the first picture: another address makes the browser fetch it. */
const pictureOf = ({ asset }: UploadItem): string | null =>
  asset?.thumbnail ? `${asset.thumbnail}?${asset.state}` : null

function StatusWord({ item }: { item: UploadItem }) {
  const t = useTranslations('new.status')
  const { status, asset } = item
  if (status === 'ready' && asset?.state === 'inspecting')
    return <span className="shrink-0 text-sm text-muted">{t(item.overdue ? 'unseen' : 'inspecting')}</span>
  if (status === 'ready' && asset?.state === 'ready_with_warnings')
    return <span className="shrink-0 text-sm font-medium text-amber">{t('warnings')}</span>
  return <PlainStatus item={item} />
}

function PlainStatus({ item: { status, sent } }: { item: UploadItem }) {
  const t = useTranslations('new.status')
  if (status === 'ready')
    return (
      <span className="inline-flex shrink-0 items-center gap-1 text-sm text-accent">
        <Check aria-hidden="true" className="size-4" />
        {t('ready')}
      </span>
    )
  if (status === 'uploading')
    return <span className="shrink-0 text-sm text-muted">{t('percent', { n: Math.floor(sent * 100) })}</span>
  if (status === 'refused' || status === 'failed')
    return <span className="shrink-0 text-sm font-medium text-danger">{t(status)}</span>
  return <span className="shrink-0 text-sm text-muted">{t(status)}</span>
}

/** Length, picture and size once known; the reason where it was refused. */
function Detail({ item: { asset, file, problem, status } }: { item: UploadItem }) {
  const t = useTranslations('new')
  const errorText = useErrorText()
  if (problem && (status === 'refused' || status === 'failed'))
    return (
      <p role="alert" className="text-sm text-danger">
        {problem.code === 'network' ? t('uploadFailed') : errorText(problem)}
      </p>
    )
  const facts = [
    asset && (asset.findings.still ? t('photo') : clockLength(asset.durationMs)),
    asset?.width && `${asset.width} × ${asset.height}`,
    fileSize(file.size),
    asset?.width && !asset.hasAudio && !asset.findings.still && t('silent'),
  ]
  return <p className="truncate text-sm text-muted">{facts.filter(Boolean).join(' · ')}</p>
}
