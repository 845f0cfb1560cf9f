import { assertNever } from '#core/errors'
import type { Workload } from '#core/forecast/cost-model'
import { tagsOf } from '#core/queue/fair'
import { BANDS, type Band } from '#core/queue/ordering'
import { backoffSeconds, MAX_ATTEMPTS } from '#core/render-job/state'
import { type Agenda, agendaOf } from './agenda.ts'
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
export function playMonth(month: Month): void {
  const play = new Play(month)
  for (let next = play.agenda.take(); next; next = play.agenda.take()) {
    play.happen(next.at, next.what)
    play.fill(next.at)
  }
}

/** A month under way. */
class Play {
  readonly agenda: Agenda<Happening> = agendaOf()
  private readonly month: Month
  private readonly slots: Slot[]
  private readonly line: Job[] = []
  /** Presenters whose analysis is cached. */
  private readonly rendered = new Set<string>()
  private readonly virtualTimes = BANDS.map(() => 0)
  private readonly finishes = new Map<string, number>()
  private turns = 0
  private runs = 0

  constructor(month: Month) {
    this.month = month
    this.slots = month.machines.map((machine) => ({ machine, away: false, running: null }))
    for (const submission of month.submissions) this.agenda.add(submission.at, { kind: 'sent', submission })
    for (const slot of this.slots) {
      for (const { from, to } of slot.machine.outages) {
        this.agenda.add(from, { kind: 'away', slot })
        this.agenda.add(to, { kind: 'back', slot })
      }
    }
  }

  happen(now: number, what: Happening): void {
    switch (what.kind) {
      case 'sent':
        this.send(now, what.submission)
        return
      case 'ended':
        if (what.slot.running?.run === what.run) this.end(now, what.slot)
        return
      case 'away':
        what.slot.away = true
        if (what.slot.running) this.enter(what.slot.running.job)
        what.slot.running = null
        return
      case 'back':
        what.slot.away = false
        return
      case 'moved':
        this.moveOne()
        return
      case 'cancelled':
        this.cancel(what.batch)
        return
      case 'due':
        return
      default:
        assertNever(what)
    }
  }

  /** Free slots take the first jobs that are due. */
  fill(now: number): void {
    for (const slot of this.slots) {
      const at = slot.running || slot.away ? -1 : this.line.findIndex((job) => job.notBefore <= now)
      if (at < 0) continue
      const [job] = this.line.splice(at, 1)
      job.attempt++
      this.virtualTimes[job.band] = Math.max(this.virtualTimes[job.band], job.tag)
      const course = slot.machine.render({ ...job.work, cachedAnalysis: this.isCached(job.work) })
      slot.running = { job, course, startedAt: now, run: this.runs++ }
      const seconds = course.seconds * (course.failure?.share ?? 1)
      this.agenda.add(now + seconds, { kind: 'ended', slot, run: slot.running.run })
    }
  }

  private send(now: number, { userId, band, works }: Submission): void {
    const { random, watcher } = this.month
    const full = works.map((work) => ({ ...work, cachedAnalysis: this.isCached(work) }))
    const tags = this.tagsFor(userId, band, full)
    const batch = full.map((work, index): Job => {
      const turn = this.turns++
      const place = { band: BANDS.indexOf(band), tag: tags[index], turn }
      return { id: `job-${turn}`, userId, work, ...place, sentAt: now, notBefore: 0, attempt: 0 }
    })
    for (const job of batch) this.enter(job)
    watcher.sent(now, batch, this.line, this.slots)
    const soon = now + random.exponential(1800)
    if (random.happens(0.03)) this.agenda.add(soon, { kind: 'cancelled', batch })
    if (random.happens(0.03)) this.agenda.add(soon, { kind: 'moved' })
  }

  private tagsFor(userId: string, band: Band, works: readonly Workload[]): number[] {
    if (this.month.policy === 'fifo') return works.map(() => 0)
    const key = `${userId} ${band}`
    const virtualTime = this.virtualTimes[BANDS.indexOf(band)]
    const share = { virtualTime, finish: this.finishes.get(key) ?? 0, weight: 1 }
    const { tags, finish } = tagsOf(share, works.map(this.month.watcher.predictSeconds))
    this.finishes.set(key, finish)
    return tags
  }

  private end(now: number, slot: Slot): void {
    const { job, course } = slot.running!
    slot.running = null
    if (!course.failure) {
      this.rendered.add(job.work.presenterId)
      this.month.watcher.succeeded(now, job, slot.machine.device, course.seconds)
    } else if (course.failure.kind === 'transient' && job.attempt < MAX_ATTEMPTS) {
      job.notBefore = now + backoffSeconds(job.attempt)
      this.agenda.add(job.notBefore, { kind: 'due' })
      this.enter(job)
    }
  }

  private cancel(batch: readonly Job[]): void {
    for (const job of batch) {
      const at = this.line.indexOf(job)
      if (at >= 0) this.line.splice(at, 1)
    }
  }

  /** An admin puts a waiting job in front. */
  private moveOne(): void {
    if (this.line.length === 0) return
    const [job] = this.line.splice(Math.floor(this.month.random.next() * this.line.length), 1)
    const head = this.line[0] ?? job
    Object.assign(job, { band: head.band, tag: head.tag - 1e-6 })
    this.enter(job)
  }

  private enter(job: Job): void {
    const at = this.line.findIndex((other) => comesBefore(job, other))
    this.line.splice(at < 0 ? this.line.length : at, 0, job)
  }

  private isCached = (work: { presenterId: string }): boolean => this.rendered.has(work.presenterId)
}

const comesBefore = (a: Job, b: Job): boolean =>
  a.band !== b.band ? a.band < b.band : a.tag !== b.tag ? a.tag < b.tag : a.turn < b.turn
