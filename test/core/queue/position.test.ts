import fc from 'fast-check'
import { expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { BANDS, type Band } from '#core/queue/ordering'
import { jobsAhead, jobsAheadOfEach } from '#core/queue/position'
import { cancelJob } from '#core/render-job/actions/cancel'
import { moveJob } from '#core/render-job/actions/move'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { listAllOpenJobs } from '#core/render-job/data'
import { claimNext, fail, recoverLost, release } from '#core/render-job/lifecycle'
import type { Claim } from '#core/render-job/transition'
import type { User } from '#prisma/client'
import { createUser, queueJobs, reload } from '#test/setup/factories'
import { emptyPortal, setUpPortal } from '#test/setup/portal'
import { propertyRuns } from '#test/setup/property-runs'
import { expectSoundQueue } from '#test/setup/queue-invariants'

setUpPortal()

/** What may happen to the line. `pick` chooses the job, among those it can happen to. */
type Step =
  | { kind: 'add'; videos: number }
  | { kind: 'claim' }
  | { kind: 'band'; pick: number; band: Band }
  | { kind: 'front' | 'cancel' | 'release' | 'lose' | 'fail'; pick: number }
  | { kind: 'resubmit'; pick: number; band: Band | null }

const pick = fc.nat({ max: 1000 })
const band = fc.constantFrom(...BANDS)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), videos: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('claim' as const) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('band' as const), pick, band }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('front' as const, 'cancel' as const, 'release' as const, 'lose' as const),
      pick,
    }),
  },
  fc.record({ kind: fc.constant('fail' as const), pick }),
  fc.record({ kind: fc.constant('resubmit' as const), pick, band: fc.option(band) }),
)

/** The queue as plain lists, which know nothing of tickets, integers or SQL. */
class Model {
  private turns = 0
  private fronts = 0
  readonly line: { id: string; band: Band; turn: number }[] = []
  readonly places = new Map<string, { band: Band; turn: number }>()
  readonly arrivals = new Map<string, number>()
  readonly running = new Map<string, Claim & { workerId: string }>()
  readonly ended: string[] = []

  enter(id: string, band: Band, turn = this.arrive(id)) {
    this.places.set(id, { band, turn })
    this.line.push({ id, band, turn })
    this.line.sort((a, b) => BANDS.indexOf(a.band) - BANDS.indexOf(b.band) || a.turn - b.turn)
  }
  private arrive(id: string) {
    this.arrivals.set(id, ++this.turns)
    return this.turns
  }
  leave(id: string) {
    this.line.splice(
      this.line.findIndex((entry) => entry.id === id),
      1,
    )
    return this.places.get(id)!
  }
  /** Into another band a job goes by its arrival, though it was at the front of its own. */
  changeBand(id: string, band: Band) {
    const own = this.places.get(id)!
    if (own.band === band) return
    this.leave(id)
    this.enter(id, band, this.arrivals.get(id))
  }
  toFront(id: string) {
    const [head] = this.line
    if (head.id === id) return
    const own = this.leave(id)
    this.enter(id, BANDS.indexOf(own.band) < BANDS.indexOf(head.band) ? own.band : head.band, --this.fronts)
  }
  back(id: string) {
    this.running.delete(id)
    const { band, turn } = this.places.get(id)!
    this.enter(id, band, turn)
  }
}

async function take(model: Model, given: Step, owner: User, admin: User): Promise<void> {
  const choose = (ids: string[]) => ('pick' in given && ids.length ? ids[given.pick % ids.length] : undefined)
  const waiting = choose(model.line.map((entry) => entry.id))
  const running = choose([...model.running.keys()])
  const ended = choose(model.ended)
  switch (given.kind) {
    case 'add':
      for (const job of await queueJobs(owner, given.videos)) model.enter(job.id, 'normal')
      return
    case 'claim': {
      const workerId = newId()
      const claim = await claimNext(workerId)
      expect(claim?.jobId).toBe(model.line[0]?.id)
      if (!claim) return
      model.leave(claim.jobId)
      model.running.set(claim.jobId, { ...claim, workerId })
      return
    }
    case 'band': {
      if (!waiting) return
      await moveJob(waiting, admin, { band: given.band })
      model.changeBand(waiting, given.band)
      return
    }
    case 'front':
      if (!waiting) return
      await moveJob(waiting, admin, { front: true })
      model.toFront(waiting)
      return
    case 'cancel':
      if (!waiting) return
      expect(await cancelJob(waiting, owner)).toBe('cancelled')
      model.leave(waiting)
      model.ended.push(waiting)
      return
    case 'release':
      if (!running) return
      expect(await release(model.running.get(running)!, 'preempted')).toBe(true)
      model.back(running)
      return
    case 'lose':
      if (!running || (await reload(running)).losses === 2) return
      expect(await recoverLost({ workerIds: [model.running.get(running)!.workerId] })).toHaveLength(1)
      model.back(running)
      return
    case 'fail':
      if (!running) return
      expect(await fail(model.running.get(running)!, { code: 'no_face', message: 'No face.' })).toBe(true)
      model.running.delete(running)
      model.ended.push(running)
      return
    case 'resubmit': {
      if (!ended) return
      const { band: own } = await reload(ended)
      const kept = given.band ?? own
      expect(await resubmitJob(ended, admin, given.band ?? undefined)).toBe('queued')
      model.ended.splice(model.ended.indexOf(ended), 1)
      model.enter(ended, kept)
    }
  }
}

it('a position shown is the turn taken, whatever happened before', { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24, size: 'max' }), async (steps) => {
      await emptyPortal()
      const [owner, admin] = [await createUser(), await createUser('admin')]
      const model = new Model()
      for (const job of await queueJobs(owner, 4)) model.enter(job.id, 'normal')
      for (const given of steps) await take(model, given, owner, admin)
      await expectSoundQueue()

      const shown = (await listAllOpenJobs()).filter((job) => job.state === 'queued')
      expect(shown.map((job) => job.id)).toEqual(model.line.map((entry) => entry.id))
      expect(shown.map((job) => job.position)).toEqual(shown.map((_job, index) => index + 1))
      const ahead = await jobsAheadOfEach(shown.map((job) => job.priority))
      for (const job of shown) expect(await jobsAhead(job.priority)).toBe(ahead.get(job.priority))

      for (const job of shown) expect((await claimNext(newId()))?.jobId).toBe(job.id)
      expect(await claimNext(newId())).toBeNull()
    }),
    { numRuns: propertyRuns(12), endOnFailure: true },
  )
})

it('shows no position beyond the line, and none for what does not wait', async () => {
  const owner = await createUser()
  await queueJobs(owner, 2)
  await claimNext(newId())
  const positions = (await listAllOpenJobs()).map((job) => [job.state, job.position])
  expect(positions).toEqual([
    ['running', null],
    ['queued', 1],
  ])
  expect(await jobsAheadOfEach([])).toEqual(new Map())
})

it('counts at the ends of the integer range', async () => {
  const owner = await createUser()
  const [first, last] = await queueJobs(owner, 2)
  const [highest, lowest] = [2 ** 31 - 1, -(2 ** 31)]
  for (const [job, priority] of [
    [first, highest],
    [last, lowest],
  ] as const) {
    const [band, ticket] = priority > 0 ? (['urgent', 0] as const) : (['low', 2 ** 30 - 1] as const)
    await db().renderJob.update({ where: { id: job.id }, data: { band, ticket, priority } })
    await db()
      .$executeRaw`UPDATE pgboss.job SET priority = ${priority}::int WHERE id = ${job.bossJobId}::uuid`
  }
  expect(await jobsAheadOfEach([highest, lowest])).toEqual(
    new Map([
      [highest, 0],
      [lowest, 1],
    ]),
  )
  expect([await jobsAhead(highest), await jobsAhead(lowest)]).toEqual([0, 1])
})
