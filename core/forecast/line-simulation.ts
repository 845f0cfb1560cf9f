import type { Promotions } from '#core/forecast/aging-promotions'
import { normalCdf, normalQuantile } from '#core/forecast/normal'

/** Possible paths of the line that are played through. */
export const PATHS = 32

/** Renders of the line as columns; `seconds`, `ownSd`, `sharedSd` have one row of `jobs` values per kind of slot. */
export interface Line {
  jobs: number
  kinds: number
  /** Median seconds; infinite where that kind can't render it. */
  seconds: Float64Array
  ownSd: Float64Array
  sharedSd: Float64Array
  /** Which kinds can render it, one bit each. */
  able: Uint32Array
  /** Seconds from now before which it does not start. */
  notBefore: Float64Array
  /** Names the path of its own draw, so that it stays the same from one forecast to the next. */
  draw: Uint16Array
  /** Places that jobs will get by aging; null where that changes nothing. */
  promotions: Promotions | null
}

export interface LineSlot {
  kind: number
  /** Seconds from now after which it takes jobs, when nothing runs there. */
  freeIn: number
  running: { logMedian: number; sd: number; elapsed: number } | null
}

/** Seconds from now, path by path: `jobs` values each; infinite for a job that no slot can take. */
export interface SamplePaths {
  start: Float32Array
  finish: Float32Array
}

/** Rows of the table of draws: each is the same quantiles of the normal distribution in an order of its own. */
export const DRAWS = 512
const QUANTILES = Array.from({ length: PATHS }, (_, path) => normalQuantile((path + 0.5) / PATHS))
const DRAW_TABLE = drawTable()

/**
 * Plays the line through: whenever a slot is free it takes the first job that it can render and that is due, aging
 * included.
 * Each path draws what the model may be off by once for all jobs, and each job's own draw besides; both
 * are stratified (every quantile once), so that few paths suffice.
 */
export function samplePaths(line: Line, slots: readonly LineSlot[]): SamplePaths {
  const start = new Float32Array(PATHS * line.jobs).fill(Number.POSITIVE_INFINITY)
  const finish = new Float32Array(PATHS * line.jobs).fill(Number.POSITIVE_INFINITY)
  const plan = planOf(line)
  for (let path = 0; path < PATHS; path++) {
    const free = Float64Array.from(slots, (slot, index) => freeAt(slot, index, path))
    playOne(line, plan, slots, free, path, { start, finish })
  }
  return { start, finish }
}

/** Jobs that the same kinds of slots can render, in order; those waiting out a backoff are kept apart. */
interface Plan {
  groups: { able: number; due: Int32Array }[]
  /** Index of each job's group; -1 for those without. */
  groupOf: Int32Array
  delayed: number[]
}

function planOf({ jobs, able, notBefore }: Line): Plan {
  const all = Array.from({ length: jobs }, (_, job) => job).filter((job) => able[job] !== 0)
  const due = Map.groupBy(
    all.filter((job) => notBefore[job] === 0),
    (job) => able[job],
  )
  const delayed = all.filter((job) => notBefore[job] > 0).sort((a, b) => notBefore[a] - notBefore[b])
  const groups = [...due].map(([mask, list]) => ({ able: mask, due: Int32Array.from(list) }))
  const groupOf = new Int32Array(jobs).fill(-1)
  for (const [index, group] of groups.entries()) for (const job of group.due) groupOf[job] = index
  return { groups, groupOf, delayed }
}

function playOne(
  line: Line,
  { groups, groupOf, delayed }: Plan,
  slots: readonly LineSlot[],
  free: Float64Array,
  path: number,
  { start, finish }: SamplePaths,
): void {
  const { jobs, seconds, ownSd, sharedSd, able, notBefore, draw } = line
  const heads = new Int32Array(groups.length)
  const late = [...delayed]
  const common = QUANTILES[path]
  const base = path * jobs
  const isTaken = (one: number) => start[base + one] < Number.POSITIVE_INFINITY
  const promoted = line.promotions ? createPromoted(line.promotions, groupOf, groups.length, isTaken) : null
  for (;;) {
    const slot = earliest(free)
    const now = free[slot]
    if (!(now < Number.POSITIVE_INFINITY)) return
    const bit = 1 << slots[slot].kind
    let group = -1
    let job = jobs
    for (let g = 0; g < groups.length; g++) {
      const list = groups[g].due
      while (promoted && heads[g] < list.length && isTaken(list[heads[g]])) heads[g]++
      if (groups[g].able & bit && heads[g] < list.length && list[heads[g]] < job) {
        job = list[heads[g]]
        group = g
      }
    }
    const risen = promoted?.first(now, job, (g) => (groups[g].able & bit) !== 0) ?? null
    const lateOne =
      late.length === 0
        ? -1
        : lateAndFirst(late, risen?.place ?? job, (one) => notBefore[one] <= now && (able[one] & bit) !== 0)
    if (lateOne >= 0) job = late.splice(lateOne, 1)[0]
    else if (risen) job = risen.job
    else if (group >= 0) heads[group]++
    else {
      const next = late.find((one) => able[one] & bit)
      free[slot] = next === undefined ? Number.POSITIVE_INFINITY : notBefore[next]
      continue
    }
    const cell = slots[slot].kind * jobs + job
    const noise = sharedSd[cell] * common + ownSd[cell] * DRAW_TABLE[draw[job] * PATHS + path]
    start[base + job] = now
    free[slot] = finish[base + job] = now + seconds[cell] * Math.exp(noise)
  }
}

/** The jobs that aging has promoted by a time which only goes on, the first of them first. `group` of each job, or -1. */
function createPromoted(
  { at, job, place }: Promotions,
  group: Int32Array,
  groups: number,
  isTaken: (one: number) => boolean,
) {
  const risen = Array.from({ length: groups }, () => createHeap(place))
  /** The promotion that counts: a job may have been promoted again since. */
  const last = new Int32Array(group.length).fill(-1)
  let next = 0
  return {
    /** The first of the groups that `isAble`, if it comes before `before`; null where there is none. */
    first(now: number, before: number, isAble: (group: number) => boolean) {
      for (; next < at.length && at[next] <= now; next++) {
        const one = job[next]
        if (group[one] < 0 || isTaken(one)) continue
        last[one] = next
        risen[group[one]].push(next)
      }
      let found = -1
      for (let g = 0; g < groups; g++) {
        if (!isAble(g)) continue
        const heap = risen[g]
        while (heap.size() > 0 && (isTaken(job[heap.top()]) || last[job[heap.top()]] !== heap.top()))
          heap.pop()
        if (heap.size() > 0 && place[heap.top()] < (found < 0 ? before : place[found])) found = heap.top()
      }
      return found < 0 ? null : { job: job[found], place: place[found] }
    },
  }
}

/** Indexes into `keys`, the one with the least key on top: a binary heap. */
function createHeap(keys: Float64Array) {
  const items: number[] = []
  const swap = (a: number, b: number) => {
    const item = items[a]
    items[a] = items[b]
    items[b] = item
  }
  return {
    size: () => items.length,
    top: () => items[0],
    push(item: number) {
      let at = items.push(item) - 1
      while (at > 0 && keys[items[at]] < keys[items[(at - 1) >> 1]]) {
        swap(at, (at - 1) >> 1)
        at = (at - 1) >> 1
      }
    },
    pop() {
      const end = items.pop()!
      if (items.length === 0) return
      items[0] = end
      for (let at = 0; ; ) {
        let least = at
        for (const child of [2 * at + 1, 2 * at + 2])
          if (child < items.length && keys[items[child]] < keys[items[least]]) least = child
        if (least === at) return
        swap(at, least)
        at = least
      }
    },
  }
}

/** Where in `late` the first in line of those that are due is, if it comes before `job`; else -1. */
function lateAndFirst(late: number[], job: number, isDue: (one: number) => boolean): number {
  let found = -1
  for (let i = 0; i < late.length; i++) {
    if (late[i] < job && isDue(late[i])) {
      job = late[i]
      found = i
    }
  }
  return found
}

/** A handful of slots: looking at each is faster than a heap. */
function earliest(free: Float64Array): number {
  let slot = 0
  for (let i = 1; i < free.length; i++) if (free[i] < free[slot]) slot = i
  return slot
}

/** When a slot is free: a running render takes a log-normal time of which `elapsed` is known to be over. */
function freeAt({ freeIn, running }: LineSlot, index: number, path: number): number {
  if (!running) return freeIn
  const { logMedian, sd, elapsed } = running
  const over = elapsed > 0 ? Math.min(0.999, normalCdf((Math.log(elapsed) - logMedian) / sd)) : 0
  const share = normalCdf(DRAW_TABLE[(index % DRAWS) * PATHS + path])
  const total = Math.exp(logMedian + sd * normalQuantile(over + (1 - over) * share))
  return Math.max(0.2, total - elapsed)
}

function drawTable(): Float64Array {
  const table = new Float64Array(DRAWS * PATHS)
  let seed = 1
  const next = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let row = 0; row < DRAWS; row++) {
    const order = [...QUANTILES]
    for (let i = order.length - 1; i > 0; i--) {
      const other = next(i + 1)
      ;[order[i], order[other]] = [order[other], order[i]]
    }
    table.set(order, row * PATHS)
  }
  return table
}
