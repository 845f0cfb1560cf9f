import { useTranslations } from 'next-intl'
import { deviceName } from '#app/_components/format'
import { Clock } from '#app/_components/time/clock.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import type { readQueueSummary } from '#core/overview/data'

export type QueueSummary = Awaited<ReturnType<typeof readQueueSummary>>

/** What holds up the whole line, if anything: paused by an admin, no worker, a worker that is gone. */
export function QueueNotes({ summary }: { summary: QueueSummary }) {
  const t = useTranslations('queue')
  const { pausedAt, pausedByName, workers } = summary
  const gone = workers.filter((worker) => !worker.alive)
  const noneAlive = gone.length === workers.length
  if (!pausedAt && !noneAlive && gone.length === 0) return null
  return (
    <div className="grid gap-2">
      {pausedAt && (
        <Note tone="paused" title={t('pausedTitle')}>
          {pausedByName
            ? t.rich('pausedBy', { name: pausedByName, when: () => <Clock at={pausedAt} /> })
            : t.rich('pausedAt', { when: () => <Clock at={pausedAt} /> })}
        </Note>
      )}
      {noneAlive && (
        <Note tone="amber" title={t('noWorker')}>
          {t('noWorkerText')}
        </Note>
      )}
      {!noneAlive &&
        gone.map((worker) => (
          <Note
            key={worker.id}
            tone="amber"
            title={t('workerGone', { host: worker.host, device: deviceName(worker.device) })}
          >
            {t.rich('workerGoneText', { when: () => <Clock at={worker.heartbeatAt} /> })}
          </Note>
        ))}
    </div>
  )
}
