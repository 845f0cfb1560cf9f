import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { boss, closeBoss } from '#core/queue/boss'
import { BANDS } from '#core/queue/ordering'
import type { RenderJob } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { propertyRuns } from '#test/setup/property-runs'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import { type Cast, createCast, type Effect, emptyLine, Player } from './line-model.ts'
import { type Step, scenario } from './scenario.ts'

let database: TestDatabase
let cast: Cast
beforeAll(async () => {
  database = await createTestDatabase()
  await boss()
  cast = await createCast()
})
afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

/**
 * Checks the bound of start-time fair queueing as the line moves: while two users have jobs waiting in a band,
 * what they were given there per unit of weight differs by at most the longest job of each per unit of weight.
 * A job counts with its predicted seconds from its claim on and with its real ones from its end on. What an
 * admin moved does not count.
 */
class Referee {
  private readonly given = new Map<string, number>()
  private readonly longest = new Map<string, number>()
  /** As they were when they were counted: those that run, and those that came back since. */
  private readonly counted = new Map<string, RenderJob>()
  private readonly spans = new Map<string, { least: number; most: number }>()
  private readonly weights = new Map<string, number>()
  checks = 0

  async watch(step: Step, effect: Effect): Promise<void> {
    if (effect.job && step.kind === 'claim') this.claimed(effect.job)
    if (effect.job && this.counted.has(effect.job.id) && effect.job.finishedAt) this.corrected(effect.job)
    await this.takeBackMoved()
    if (step.kind === 'weight') this.reweighed(cast.users[step.user].user.id, step.weight)
    await this.compare()
  }

  private claimed(job: RenderJob): void {
    if (job.startTag === null || this.counted.has(job.id)) return
    this.counted.set(job.id, job)
    this.add(job, job.costSeconds)
  }

  /** A job that came back and was moved then, by an admin or for its age, was not given to its owner's share there. */
  private async takeBackMoved(): Promise<void> {
    const waiting = await db().renderJob.findMany({
      where: { id: { in: [...this.counted.keys()] }, state: 'queued' },
    })
    for (const { id, startTag, band } of waiting) {
      const counted = this.counted.get(id)!
      if (startTag !== null && band === counted.band) continue
      this.counted.delete(id)
      this.add(counted, -counted.costSeconds)
    }
  }

  private corrected(job: RenderJob): void {
    this.counted.delete(job.id)
    if (job.startTag !== null) this.add(job, job.renderSeconds! - job.costSeconds, job.renderSeconds!)
  }

  private add(job: RenderJob, seconds: number, whole: number = seconds): void {
    const key = `${job.band} ${job.ownerId}`
    this.given.set(key, (this.given.get(key) ?? 0) + seconds)
    this.longest.set(key, Math.max(this.longest.get(key) ?? 0, whole, job.costSeconds))
  }

  /** What was given is measured per unit of a weight, so a new weight begins a new measurement. */
  private reweighed(id: string, weight: number): void {
    if (this.weights.get(id) === weight) return
    this.weights.set(id, weight)
    for (const pair of this.spans.keys()) if (pair.includes(id)) this.spans.delete(pair)
  }

  private async compare(): Promise<void> {
    const rows = await db().renderJob.findMany({
      where: { state: 'queued', startTag: { not: null } },
      orderBy: { priority: 'desc' },
      select: { band: true, ownerId: true, startTag: true },
    })
    for (const [, jobs] of Map.groupBy(rows, (row) => row.band)) {
      const tags = jobs.map((job) => job.startTag!)
      expect(tags, 'in the order of start tags').toEqual(tags.toSorted((a, b) => a - b))
    }
    const waiting = new Set(rows.map((row) => `${row.band} ${row.ownerId}`))
    const users = cast.users.map(({ user }) => user.id)
    for (const band of BANDS) {
      for (const [index, a] of users.entries()) {
        for (const b of users.slice(index + 1)) this.comparePair(band, a, b, waiting)
      }
    }
  }

  private comparePair(band: string, a: string, b: string, waiting: Set<string>): void {
    const pair = `${band} ${a} ${b}`
    const [first, second] = [`${band} ${a}`, `${band} ${b}`]
    if (!waiting.has(first) || !waiting.has(second)) {
      this.spans.delete(pair)
      return
    }
    const per = (key: string, user: string, of: Map<string, number>) =>
      (of.get(key) ?? 0) / (this.weights.get(user) ?? 1)
    const apart = per(first, a, this.given) - per(second, b, this.given)
    const known = this.spans.get(pair) ?? { least: apart, most: apart }
    const span = { least: Math.min(known.least, apart), most: Math.max(known.most, apart) }
    this.spans.set(pair, span)
    const bound = per(first, a, this.longest) + per(second, b, this.longest)
    this.checks++
    expect(span.most - span.least, pair).toBeLessThanOrEqual(bound + 0.5)
  }
}

let checks = 0

async function play(steps: Step[], exact: boolean): Promise<void> {
  await emptyLine('fair')
  const player = new Player(cast, { slots: exact ? 3 : 1, exact })
  const referee = new Referee()
  const drain: Step[] = Array.from({ length: 6 }, (_, index) => [
    { kind: 'claim' } as const,
    { kind: 'succeed', pick: index, seconds: (index * 7) % 40 } as const,
  ]).flat()
  for (const step of [...steps, ...drain]) {
    const effect = await player.take(step)
    if (!effect) continue
    await referee.watch(step, effect)
  }
  checks += referee.checks
  await expectSoundQueue()
}

const RUNS = propertyRuns(16)

it.each([
  ['one slot, renders longer and shorter than predicted', false],
  ['three slots, renders as long as predicted', true],
])(
  `fair, ${RUNS} scenarios: nobody who waits falls behind by more than a job (%s)`,
  { timeout: 600_000 },
  async (_, exact) => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
    console.info(`shares.test.ts: seed ${seed}`)
    const property = fc.asyncProperty(scenario(['fair'], { most: 9 }), (steps) => play(steps, exact))
    await fc.assert(property, { numRuns: RUNS, seed, endOnFailure: true })
    console.info(`${checks} comparisons of two waiting users`)
    expect(checks).toBeGreaterThan(RUNS)
  },
)
