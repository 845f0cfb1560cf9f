import type { useTranslations } from 'next-intl'
import { type LearningReport, learningReportOf } from '#core/render-job/learning-report'

type Words = ReturnType<typeof useTranslations<never>>

const RELEASES: Record<string, 'event.preempted' | 'event.stopped'> = {
  preempted: 'event.preempted',
  drained: 'event.stopped',
  stopped: 'event.stopped',
}

export interface EventLine {
  kind: string
  data: unknown
}

/** A line of a job's story in the reader's language; the bare kind for one that this page does not know. */
export function eventText({ kind, data }: EventLine, t: Words): string {
  const facts = (data ?? {}) as Record<string, unknown>
  const band = (value: unknown) => {
    const key = `band.${String(value)}` as 'band.normal'
    return t.has(key) ? t(key) : String(value)
  }
  switch (kind) {
    case 'preempted':
      return t('event.preempted')
    case 'claimed':
      return t('event.claimed', { n: Number(facts.attempt ?? 1) })
    case 'stage': {
      const key = `stage.${String(facts.stage)}` as 'stage.render'
      return t('event.stage', { stage: t.has(key) ? t(key) : String(facts.stage) })
    }
    case 'released':
      return t(RELEASES[String(facts.reason)] ?? 'event.released')
    case 'resumed':
      return facts.frame === undefined
        ? t('event.resumed')
        : t('event.resumedFrame', { frame: Number(facts.frame) })
    case 'retrying':
      return t('event.retrying', { seconds: Number(facts.seconds ?? 0) })
    case 'resubmitted':
      return t('event.resubmitted', { band: band(facts.band) })
    case 'moved': {
      const [from, to] = [facts.from, facts.to].map((place) => (place as { band?: string } | undefined)?.band)
      if (from && to && from !== to)
        return t(facts.reason === 'aging' ? 'event.aged' : 'event.movedBand', {
          from: band(from),
          to: band(to),
        })
      const places = { from: Number(facts.fromPosition), to: Number(facts.toPosition) }
      return places.from && places.to ? t('event.movedPlaces', places) : t('event.moved')
    }
    default: {
      const key = `event.${kind}` as 'event.queued'
      return t.has(key) ? t(key) : kind
    }
  }
}

/**
 * What more there is to say of a line: the reason of a move and what it did to the forecast; what the engine learnt
 * from the presenter's own speech.
 */
export function eventDetails({ kind, data }: EventLine, t: Words, clock: (at: Date) => string): string[] {
  const { reason, finishAt } = (data ?? {}) as {
    reason?: string
    finishAt?: { before: { p50: string } | null; after: { p50: string } | null }
  }
  if (kind === 'succeeded') return learntText(learningReportOf(data), t)
  if (kind !== 'moved') return []
  const details = reason && reason !== 'aging' ? [t('moved.reason', { reason })] : []
  if (!finishAt?.before || !finishAt.after) return details
  const [before, after] = [finishAt.before, finishAt.after].map(({ p50 }) => clock(new Date(p50)))
  return before === after ? details : [...details, t('event.doneChanged', { before, after })]
}

function learntText(adaptation: LearningReport | undefined, t: Words): string[] {
  if (adaptation === undefined) return []
  if (adaptation === null) return [t('tuning.noSpeech')]
  const [before, after] = [adaptation.before, adaptation.after].map((r) => Math.round(100 * Math.max(0, r)))
  return [t(adaptation.used ? 'tuning.used' : 'tuning.noGain', { before, after })]
}
