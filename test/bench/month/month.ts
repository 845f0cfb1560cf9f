import type { Workload } from '#core/queue/cost-model'
import { tagsOf } from '#core/queue/fair'
import { BANDS, type Band } from '#core/queue/ordering'
import { backoffSeconds, MAX_ATTEMPTS } from '#core/render-job/state'
import type { Course, Machine } from './machine.ts'
import type { Chance } from './random.ts'
import type { Submission } from './team.ts'

export interface Job {
  id: string
  userId: string
  work: Workload
  /** Served by ascending band, then tag, then turn. */
  band: number
  tag: number
  turn: number
  sentAt: number
  notBefore: number
  attempt: number
}

export interface Slot {
  machine: Machine
  away: boolean
  running: { job: Job; course: Course; startedAt: number; run: number } | null
}

/** Who watches the month and forecasts. Seconds from the month's start. */
export interface Watcher {
  predictSeconds(work: Workload): number
  sent(now: number, batch: Job[], line: readonly Job[], slots: readonly Slot[]): void
  succeeded(now: number, job: Job, device: string, seconds: number): void
}

type Happening =
  | { kind: 'sent'; submission: Submission }
  | { kind: 'ended'; slot: Slot; run: number }
  | { kind: 'away' | 'back'; slot: Slot }
  | { kind: 'due' | 'moved' }
  | { kind: 'cancelled'; batch: Job[] }

export interface Month {
  policy: 'fifo' | 'fair'
  submissions: readonly Submission[]
  machines: readonly Machine[]
  random: Chance
  watcher: Watcher
}

/** Plays a month, event by event, until all work is done. */
export function playMonth({ policy, submissions, machines, random, watcher }: Month): void {
  const agenda = agendaOf<Happening>()
  const slots: Slot[] = machines.map((machine) => ({ machine, away: false, running: null }))
  const line: Job[] = []
  const clocks = { virtual: BANDS.map(() => 0), finish: new Map<string, number>() }
  const rendered = new Set<string>()
  let turns = 0
  let runs = 0

  for (const submission of submissions) agenda.add(submission.at, { kind: 'sent', submission })
  for (const slot of slots) {
    for (const { from, to } of slot.machine.outages) {
      agenda.add(from, { kind: 'away', slot })
      agenda.add(to, { kind: 'back', slot })
    }
  }

  const enter = (job: Job) => {
    const at = line.findIndex((other) => comesBefore(job, other))
    line.splice(at < 0 ? line.length : at, 0, job)
  }
  const send = (now: number, { userId, band, works }: Submission) => {
    const full = works.map((work) => ({ ...work, cachedAnalysis: rendered.has(work.presenterId) }))
    const tags =
      policy === 'fifo' ? works.map(() => 0) : tagFor(userId, band, full.map(watcher.predictSeconds))
    const batch = full.map((work, index): Job => {
      const turn = turns++
      const place = { band: BANDS.indexOf(band), tag: tags[index], turn }
      return { id: `job-${turn}`, userId, work, ...place, sentAt: now, notBefore: 0, attempt: 0 }
    })
    for (const job of batch) enter(job)
    watcher.sent(now, batch, line, slots)
    if (random.happens(0.03)) agenda.add(now + random.exponential(1800), { kind: 'cancelled', batch })
    if (random.happens(0.03)) agenda.add(now + random.exponential(1800), { kind: 'moved' })
  }
  const tagFor = (userId: string, band: Band, costs: number[]) => {
    const key = `${userId} ${band}`
    const virtualTime = clocks.virtual[BANDS.indexOf(band)]
    const { tags, finish } = tagsOf({ virtualTime, finish: clocks.finish.get(key) ?? 0, weight: 1 }, costs)
    clocks.finish.set(key, finish)
    return tags
  }
  const fill = (now: number) => {
    for (const slot of slots) {
      if (slot.running || slot.away) continue
      const at = line.findIndex((job) => job.notBefore <= now)
      if (at < 0) continue
      const [job] = line.splice(at, 1)
      job.attempt++
      clocks.virtual[job.band] = Math.max(clocks.virtual[job.band], job.tag)
      const work = { ...job.work, cachedAnalysis: rendered.has(job.work.presenterId) }
      const course = slot.machine.render(work)
      slot.running = { job, course, startedAt: now, run: runs++ }
      const takes = course.seconds * (course.failure?.share ?? 1)
      agenda.add(now + takes, { kind: 'ended', slot, run: slot.running.run })
    }
  }
  const end = (now: number, slot: Slot) => {
    const { job, course } = slot.running!
    slot.running = null
    if (!course.failure) {
      rendered.add(job.work.presenterId)
      watcher.succeeded(now, job, slot.machine.device, course.seconds)
    } else if (course.failure.kind === 'transient' && job.attempt < MAX_ATTEMPTS) {
      job.notBefore = now + backoffSeconds(job.attempt)
      agenda.add(job.notBefore, { kind: 'due' })
      enter(job)
    }
  }
  const happen = (now: number, what: Happening) => {
    switch (what.kind) {
      case 'sent':
        return send(now, what.submission)
      case 'ended':
        return what.slot.running?.run === what.run ? end(now, what.slot) : undefined
      case 'away': {
        what.slot.away = true
        if (what.slot.running) enter(what.slot.running.job)
        what.slot.running = null
        return
      }
      case 'back':
        what.slot.away = false
        return
      case 'moved': {
        if (line.length === 0) return
        const [job] = line.splice(Math.floor(random.next() * line.length), 1)
        Object.assign(job, { band: line[0]?.band ?? job.band, tag: (line[0]?.tag ?? job.tag) - 1e-6 })
        return enter(job)
      }
      case 'cancelled':
        for (const job of what.batch) if (line.includes(job)) line.splice(line.indexOf(job), 1)
        return
      case 'due':
        return
    }
  }
  for (let next = agenda.take(); next; next = agenda.take()) {
    happen(next.at, next.what)
    fill(next.at)
  }
}

const comesBefore = (a: Job, b: Job): boolean =>
  a.band !== b.band ? a.band < b.band : a.tag !== b.tag ? a.tag < b.tag : a.turn < b.turn

/** What is to happen, the earliest first: a binary heap. */
function agendaOf<What>() {
  const heap: { at: number; what: What }[] = []
  const swap = (a: number, b: number) => {
    ;[heap[a], heap[b]] = [heap[b], heap[a]]
  }
  return {
    add(at: number, what: What) {
      heap.push({ at, what })
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1
        if (heap[parent].at <= heap[i].at) return
        swap(i, parent)
        i = parent
      }
    },
    take(): { at: number; what: What } | undefined {
      if (heap.length === 0) return undefined
      swap(0, heap.length - 1)
      const first = heap.pop()
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2]
        let least = i
        if (left < heap.length && heap[left].at < heap[least].at) least = left
        if (right < heap.length && heap[right].at < heap[least].at) least = right
        if (least === i) return first
        swap(i, least)
        i = least
      }
    },
  }
}
