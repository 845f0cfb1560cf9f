import { BANDS, type Band } from '#core/queue/ordering'

/** What decides when aging promotes a waiting job under policy fifo, and to which place. Times in milliseconds. */
export interface AgingJob {
  band: Band
  /** An admin put it where it is. */
  pinned: boolean
  arrivedAt: number
  bandSince: number
}

/** Promotions in the order of time, as columns. */
export interface Promotions {
  /** Seconds from now. */
  at: Float64Array
  /** Which job of the line. */
  job: Int32Array
  /** The place that it gets: between the jobs of the line that stand at the whole numbers next to it. */
  place: Float64Array
}

/**
 * When aging will promote the jobs of a line, and before whom each then stands: in the band above it takes its turn by
 * arrival, as `ticketByArrival` does. Null where no promotion changes who comes first, which is the rule: who waits in one
 * band is promoted in the order of the line. `turns` in the order of the line.
 */
export function promotionsOf(turns: readonly AgingJob[], agingMs: number, now: number): Promotions | null {
  const bands = BANDS.map((band) => bandOf(turns, band))
  if (!bands.some((band, rank) => rank > 0 && changesOrder(band, bands[rank - 1], turns))) return null
  const age = agesOf(turns)
  const promotions = turns.flatMap((turn, job) => {
    const from = BANDS.indexOf(turn.band)
    return Array.from({ length: from }, (_, step) => ({
      at: Math.max(0, (turn.bandSince + (step + 1) * agingMs - now) / 1000),
      job,
      place: placeAmong(bands[from - 1 - step], turn.arrivedAt, age[job]),
    }))
  })
  promotions.sort((a, b) => a.at - b.at)
  return {
    at: Float64Array.from(promotions, ({ at }) => at),
    job: Int32Array.from(promotions, ({ job }) => job),
    place: Float64Array.from(promotions, ({ place }) => place),
  }
}

/** Of each job, which share of all arrived before it: of several that go to one place, the first to arrive is first. */
function agesOf(turns: readonly AgingJob[]): Float64Array {
  const order = [...turns.keys()].sort((a, b) => turns[a].arrivedAt - turns[b].arrivedAt)
  const age = new Float64Array(turns.length)
  order.forEach((job, rank) => {
    age[job] = rank / turns.length
  })
  return age
}

interface BandOfLine {
  /** 0 for the first of the bands. */
  rank: number
  /** Jobs of the line that stand in it: [from, to). */
  from: number
  to: number
  /** Those of them that nobody has moved, and when they arrived: rising, under fifo. */
  jobs: number[]
  arrivals: number[]
}

function bandOf(turns: readonly AgingJob[], band: Band): BandOfLine {
  const rank = BANDS.indexOf(band)
  const from = turns.findIndex((turn) => BANDS.indexOf(turn.band) >= rank)
  const to = turns.findIndex((turn) => BANDS.indexOf(turn.band) > rank)
  const [first, end] = [from < 0 ? turns.length : from, to < 0 ? turns.length : to]
  const jobs: number[] = []
  for (let job = first; job < end; job++) if (!turns[job].pinned) jobs.push(job)
  return { rank, from: first, to: end, jobs, arrivals: jobs.map((job) => turns[job].arrivedAt) }
}

/**
 * Before the first job that arrived later; at the end where there is none, which is before all places of the bands
 * below, be they as empty as this one. `age`, 0 to 1, tells apart who goes to the same place.
 */
function placeAmong(band: BandOfLine, arrivedAt: number, age: number): number {
  const { jobs, arrivals } = band
  const later = laterThan(arrivals, arrivedAt)
  if (later < jobs.length) return jobs[later] - 0.25 + age / 8
  return band.to - 0.5 + 0.05 * band.rank + 0.04 * age
}

/** Where in rising arrivals the first is that came later; their number where there is none. */
function laterThan(arrivals: readonly number[], arrivedAt: number): number {
  let [low, high] = [0, arrivals.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (arrivals[middle] > arrivedAt) high = middle
    else low = middle + 1
  }
  return low
}

function changesOrder({ from, to }: BandOfLine, above: BandOfLine, turns: readonly AgingJob[]): boolean {
  let latest = Number.NEGATIVE_INFINITY
  for (let job = from; job < to; job++) {
    const { arrivedAt, bandSince } = turns[job]
    if (bandSince < latest || laterThan(above.arrivals, arrivedAt) < above.jobs.length) return true
    latest = bandSince
  }
  return false
}
