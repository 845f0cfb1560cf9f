'use client'

import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { useWaitText } from '#app/_components/api/error-text'
import { fileSize } from '#app/_components/format'
import { Expected } from '#app/_components/time/clock.tsx'
import { cx } from '#app/_components/ui/cx'
import type { limitsJson } from '#app/_serial/limits'
import { type EstimateJson, useEstimate } from './use-estimate.ts'

/** What is left of the limits for the reader. */
export type Allowance = ReturnType<typeof limitsJson>

/** Room matters only when there is less left than a few large videos need: bytes. */
const SCARCE = 10e9

/** Before anything is sent: what it costs, when it is done, whom it delays, and what is left of the limits. */
export function Estimate({ draft, allowance }: { draft: object | null; allowance: Allowance }) {
  const t = useTranslations('new')
  const { estimate, pending } = useEstimate(draft)
  const { gpuMinutes, maxVideos: places, bytes } = allowance
  const { left, limit } = gpuMinutes
  const minutes = left !== null && limit !== null && { left, limit }
  // Places matter only when they run out.
  const few = places !== null && places < 50
  const scarce = bytes.left !== null && bytes.left < SCARCE && { left: bytes.left, limit: bytes.limit! }
  if (!draft && !minutes && !few && !scarce) return null
  return (
    <dl
      aria-label={t('estimate')}
      aria-busy={pending}
      className={cx(
        'grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm transition-opacity',
        pending && estimate && 'opacity-60',
      )}
    >
      {draft && !estimate && pending && <Fact name={t('estimate')}>{t('estimating')}</Fact>}
      {estimate && <Facts estimate={estimate} />}
      {minutes && <Fact name={t('leftToday')}>{t('leftMinutes', minutes)}</Fact>}
      {few && <Fact name={t('leftPlaces')}>{places}</Fact>}
      {scarce && (
        <Fact name={t('leftRoom')}>
          {t('leftRoomOf', { left: fileSize(scarce.left), limit: fileSize(scarce.limit) })}
        </Fact>
      )}
    </dl>
  )
}

function Facts({ estimate: { gpuSeconds, times, delays, ...more } }: { estimate: EstimateJson }) {
  const t = useTranslations('new')
  const waitText = useWaitText()
  const [from, to] = [gpuSeconds.p50, gpuSeconds.p90].map((seconds) => Math.round(seconds / 60))
  const delayed = 'delayed' in more ? (more.delayed ?? []) : []
  return (
    <>
      <Fact name={t('gpuTime')}>
        {from === to ? t('gpuMinutes', { n: from }) : t('gpuRange', { from, to })}
      </Fact>
      <Fact name={t('doneAt')}>
        <Done times={times} />
      </Fact>
      <Fact name={t('delays')}>
        {delays.jobs === 0
          ? t('delaysNone')
          : t('delaysSome', { n: delays.jobs, time: waitText(delays.atMost / 1000) })}
        {delayed.slice(0, 5).map(({ ownerId, name, jobs, atMost }) => (
          <span key={ownerId} className="block text-muted">
            {t('delaysWho', { name, n: jobs, time: waitText(atMost / 1000) })}
          </span>
        ))}
      </Fact>
    </>
  )
}

function Done({ times }: { times: EstimateJson['times'] }) {
  const t = useTranslations('new')
  if (!times) return null
  if ('unknown' in times) return t(times.unknown === 'paused' ? 'donePaused' : 'doneNoWorker')
  const { p50, p90 } = times.finishAt
  return <Expected at={{ p50: new Date(p50), p90: new Date(p90) }} />
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 text-right [overflow-wrap:anywhere]">{children}</dd>
    </>
  )
}
