import type { useTranslations } from 'next-intl'

type Words = ReturnType<typeof useTranslations<never>>

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
    case 'claimed':
      return t('event.claimed', { n: Number(facts.attempt ?? 1) })
    case 'stage': {
      const key = `stage.${String(facts.stage)}` as 'stage.render'
      return t('event.stage', { stage: t.has(key) ? t(key) : String(facts.stage) })
    }
    case 'released':
      return t(facts.reason === 'preempted' ? 'event.preempted' : 'event.released')
    case 'retrying':
      return t('event.retrying', { seconds: Number(facts.seconds ?? 0) })
    case 'resubmitted':
      return t('event.resubmitted', { band: band(facts.band) })
    case 'moved': {
      const [from, to] = [facts.from, facts.to].map((place) => (place as { band?: string } | undefined)?.band)
      return from && to && from !== to
        ? t('event.movedBand', { from: band(from), to: band(to) })
        : t('event.moved')
    }
    default: {
      const key = `event.${kind}` as 'event.queued'
      return t.has(key) ? t(key) : kind
    }
  }
}
