import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { newId } from '#core/ids'
import { boss, closeBoss } from '#core/queue/boss'
import { listAllOpenJobs } from '#core/render-job/data'
import { claimNext } from '#core/render-job/lifecycle'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { propertyRuns } from '#test/setup/property-runs'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import { type Cast, createCast, type Effect, emptyLine, Player, shownLine } from './line-model.ts'
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

const ids = (line: { id: string }[]) => line.map((job) => job.id)
const without = (line: { id: string }[], id: string) => ids(line).filter((other) => other !== id)

/** A move puts one job where it was asked to go, says so, and leaves the others as they were. */
async function expectMoved({ before, after, job, moved }: Effect, fifo: boolean): Promise<void> {
  const at = after.findIndex((entry) => entry.id === job!.id)
  if ('front' in moved!) expect(at).toBe(0)
  if ('band' in moved!) expect(after[at].band).toBe(moved.band)
  const other = 'before' in moved! ? moved.before : 'after' in moved! ? moved.after : null
  if (other && other !== job!.id) {
    const distance = after.findIndex((entry) => entry.id === other) - at
    if (fifo) expect(distance).toBe('before' in moved! ? 1 : -1)
    else expect(Math.sign(distance)).toBe('before' in moved! ? 1 : -1)
  }
  // Under fair the owner's other jobs move up to where it was.
  const rest = fifo
    ? [before, after]
    : [before, after].map((line) => line.filter((entry) => entry.ownerId !== job!.ownerId))
  expect(without(rest[1], job!.id)).toEqual(without(rest[0], job!.id))
  const events = await db().jobEvent.findMany({
    where: { jobId: job!.id, kind: 'moved' },
    orderBy: { id: 'desc' },
  })
  const data = events[0]?.data as { fromPosition: number; toPosition: number; reason: string } | undefined
  const from = before.findIndex((entry) => entry.id === job!.id)
  if (data && ids(before).join() !== ids(after).join())
    expect(data).toMatchObject({ fromPosition: from + 1, toPosition: at + 1, reason: 'because' })
}

/** Moved jobs are still in front of what they were in front of, whatever the new policy. */
async function expectPinnedKept({ before, after }: Effect): Promise<void> {
  const pinned = new Set(ids(await db().renderJob.findMany({ where: { state: 'queued', pinned: true } })))
  const place = new Map(after.map((job, index) => [job.id, index]))
  for (const [at, job] of before.entries()) {
    if (!pinned.has(job.id)) continue
    for (const other of before.slice(at + 1)) expect(place.get(job.id)!).toBeLessThan(place.get(other.id)!)
  }
}

async function expectInArrival(): Promise<void> {
  const rows = await db().renderJob.findMany({
    where: { state: 'queued', pinned: false },
    orderBy: [{ priority: 'desc' }],
  })
  for (const [, jobs] of Map.groupBy(rows, (row) => row.band)) {
    const arrival = jobs.map((job) => [job.queuedAt.getTime(), job.batchId, job.ordinal] as const)
    const sorted = arrival.toSorted((a, b) => a[0] - b[0] || a[1].localeCompare(b[1]) || a[2] - b[2])
    expect(arrival).toEqual(sorted)
  }
}

async function play(steps: Step[]): Promise<void> {
  await emptyLine('fifo')
  const player = new Player(cast, { slots: 3, exact: false })
  let policy = 'fifo'
  for (const step of steps) {
    const effect = await player.take(step)
    if (!effect) continue
    if (effect.moved) await expectMoved(effect, policy === 'fifo')
    if (effect.policy) {
      await expectPinnedKept(effect)
      policy = effect.policy
    }
    if (policy === 'fifo') await expectInArrival()
  }
  await expectSoundQueue()
  const listed = (await listAllOpenJobs()).filter((job) => job.state === 'queued')
  expect(ids(listed)).toEqual(ids(await shownLine()))
  for (const { id } of listed) expect((await claimNext(newId()))?.jobId).toBe(id)
  expect(await claimNext(newId())).toBeNull()
}

const RUNS = propertyRuns(50)

it(`${RUNS} scenarios: the order that is shown is the order that is fetched`, {
  timeout: 600_000,
}, async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
  console.info(`order.test.ts: seed ${seed}`)
  await fc.assert(fc.asyncProperty(scenario(['fifo', 'fair'], { most: 9 }), play), {
    numRuns: RUNS,
    seed,
    endOnFailure: true,
  })
})
