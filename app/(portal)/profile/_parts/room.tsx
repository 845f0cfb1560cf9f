import Link from 'next/link'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { fileSize } from '#app/_components/format'
import { Bar } from '#app/_components/ui/bar.tsx'
import type { limitsJson } from '#app/_serial/limits'

/** What one uses of what one may. */
export function Room({
  limits: { bytes, openUploads, waiting, gpuMinutes },
  trash,
}: {
  limits: ReturnType<typeof limitsJson>
  trash: { items: number; bytes: number }
}) {
  const t = useTranslations('profile')
  const of = (used: ReactNode, limit: ReactNode | null) =>
    limit === null
      ? t.rich('usedOf', { used: () => used, limit: () => t('noLimit') })
      : t.rich('usedOf', { used: () => used, limit: () => limit })
  return (
    <div className="grid gap-4">
      <div className="grid gap-2">
        <p>{of(fileSize(bytes.used), bytes.limit === null ? null : fileSize(bytes.limit))}</p>
        {bytes.limit !== null && (
          <Bar value={Math.min(1, bytes.used / Math.max(1, bytes.limit))} label={t('room')} />
        )}
        <p className="text-sm text-muted">
          {trash.items > 0
            ? t('trashHolds', { n: trash.items, size: fileSize(trash.bytes) })
            : t('trashEmpty')}{' '}
          <Link href="/trash" prefetch={false} className="underline underline-offset-2 hover:text-ink">
            {t('openTrash')}
          </Link>
        </p>
      </div>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
        <dt className="text-muted">{t('waitingJobs')}</dt>
        <dd className="text-right">{of(waiting.used, waiting.limit)}</dd>
        <dt className="text-muted">{t('openUploads')}</dt>
        <dd className="text-right">{of(openUploads.used, openUploads.limit)}</dd>
        <dt className="text-muted">{t('gpuMinutes')}</dt>
        <dd className="text-right">{of(gpuMinutes.used, gpuMinutes.limit)}</dd>
      </dl>
    </div>
  )
}
