import { expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { BANDS, FIRST_TICKET } from '#core/queue/ordering'
import { compactIfFull, setPolicy } from '#core/queue/policy'
import { cancelJob } from '#core/render-job/actions/cancel'
import { moveJob } from '#core/render-job/actions/move'
import { promoteAged } from '#core/render-job/actions/promote'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { claimNext, fail, recoverLost, release, retryLater, succeed } from '#core/render-job/lifecycle'
import { setWeight } from '#core/user/weight'
import { createUser, queueJobs, RESULT, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'

setUpPortal()

const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]
const line = async () =>
  (await db().renderJob.findMany({ where: { state: 'queued' }, orderBy: { priority: 'desc' } })).map(
    (job) => job.id,
  )

it('a storm of sends, moves, claims, cancels and switches: no deadlock, no tie, nothing lost', {
  timeout: 120_000,
}, async () => {
  const admin = await createUser('admin')
  const users = await Promise.all([1, 2, 3].map(() => createUser()))
  const ids = (await Promise.all(users.map((user) => queueJobs(user, 8)))).flat().map((job) => job.id)
  // Until each kind has happened so often.
  const enough = { turns: 60, requests: 100, switches: 12 }
  const done = { turns: 0, requests: 0, switches: 0 }
  const goesOn = () => Object.entries(enough).some(([what, times]) => done[what as keyof typeof done] < times)

  async function during(what: keyof typeof done, work: () => Promise<unknown>): Promise<void> {
    await work()
    done[what]++
  }
  async function slot(): Promise<void> {
    while (goesOn()) {
      const claim = await claimNext(newId())
      if (!claim) continue
      const failure = { code: 'engine_failed', message: 'x' } as const
      await during(
        'turns',
        any([
          () => succeed(claim, RESULT),
          () => fail(claim, failure),
          () => release(claim, 'preempted'),
          () => retryLater(claim, 1, failure),
          () => recoverLost({ workerIds: [claim.workerId!] }),
        ]),
      )
    }
  }
  async function person(): Promise<void> {
    while (goesOn()) {
      const [id, other] = [any(ids), any(ids)]
      await during(
        'requests',
        any([
          () => cancelJob(id, admin),
          () => resubmitJob(id, admin, any(BANDS)),
          () => moveJob(id, admin, { band: any(BANDS) }),
          () => moveJob(id, admin, { front: true }),
          () => moveJob(id, admin, { before: other }),
          () => moveJob(id, admin, { after: other }),
          async () => ids.push(...(await queueJobs(any(users), 2)).map((job) => job.id)),
        ]),
      )
    }
  }
  async function steering(): Promise<void> {
    while (goesOn()) {
      await during(
        'switches',
        any([
          () => setPolicy('fair', admin.id),
          () => setPolicy('fifo', admin.id),
          () => setWeight(any(users).id, any([0.5, 1, 2]), admin.id),
          () => compactIfFull(FIRST_TICKET),
          async () => {
            const since = new Date(Date.now() - 5 * 3600_000)
            await db().renderJob.updateMany({ where: { id: any(ids) }, data: { bandSince: since } })
            await promoteAged()
          },
        ]),
      )
    }
  }
  await Promise.all([slot(), slot(), slot(), person(), person(), person(), person(), steering()])
  await expectSoundQueue()
  await db().$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE state < 'active'`
  await db().renderJob.updateMany({ data: { notBefore: null } })
  for (const id of await line()) expect((await claimNext(newId()))?.jobId).toBe(id)
  expect(await claimNext(newId())).toBeNull()
})

it('a claim takes the head, also while the whole line is being put into another order', async () => {
  const admin = await createUser('admin')
  const jobs = (await Promise.all([1, 2].map(async () => queueJobs(await createUser(), 40)))).flat()
  for (let round = 0; round < 10; round++) {
    const policy = round % 2 ? 'fifo' : 'fair'
    const heads = (await line()).slice(0, 3)
    const claims = Array.from({ length: 3 }, async (_, turn) => {
      await new Promise((resolve) => setTimeout(resolve, turn * 4))
      return claimNext(newId())
    })
    const [outcome, ...claimed] = await Promise.all([setPolicy(policy, admin.id), ...claims])
    expect(outcome).toBe('changed')
    const taken = claimed.map((claim) => claim!.jobId)
    expect(new Set(taken).size).toBe(3)
    const next = await reload((await line())[0])
    for (const id of taken)
      if (!heads.includes(id)) expect((await reload(id)).priority).toBeGreaterThan(next.priority)
    await expectSoundQueue()
  }
  expect((await line()).length).toBe(jobs.length - 30)
})

it('gives new tickets when they run out, and nobody changes places', async () => {
  const owner = await createUser()
  const jobs = await queueJobs(owner, 6)
  await db().$executeRaw`SELECT setval('render_ticket', 1073741823 - 640, false)`
  jobs.push(...(await queueJobs(owner, 3)))
  const admin = await createUser('admin')
  await moveJob(jobs[4].id, admin, { after: jobs[8].id })
  const before = await line()
  expect(await compactIfFull()).toBe(true)
  expect(await compactIfFull()).toBe(false)
  expect(await line()).toEqual(before)
  expect((await reload(before[0])).ticket).toBe(FIRST_TICKET)
  const [last] = await queueJobs(owner, 1)
  expect(await line()).toEqual([...before, last.id])
})

it('says what the policy is, and that it was switched', async () => {
  const admin = await createUser('admin')
  expect(await setPolicy('fifo', admin.id)).toBe('unchanged')
  expect(await setPolicy('fair', admin.id)).toBe('changed')
  expect(await setWeight(admin.id, 2, admin.id)).toBe('changed')
  expect(await setWeight(admin.id, 2, admin.id)).toBe('unchanged')
  expect(await setWeight(newId(), 2, admin.id)).toBe('not_found')
  const audit = await db().auditEntry.findMany({ orderBy: { id: 'asc' } })
  expect(audit.map((entry) => [entry.action, entry.from, entry.to])).toEqual([
    ['queue.policy', { policy: 'fifo' }, { policy: 'fair' }],
    ['user.weight', { weight: 1 }, { weight: 2 }],
  ])
})

it('fair: somebody with one video is not held back by somebody with many', async () => {
  const [admin, many, one] = [await createUser('admin'), await createUser(), await createUser()]
  await setPolicy('fair', admin.id)
  const long = await queueJobs(many, 20)
  const [short] = await queueJobs(one, 1)
  expect((await line()).slice(0, 3)).toEqual([long[0].id, short.id, long[1].id])
  await setPolicy('fifo', admin.id)
  expect((await line()).at(-1)).toBe(short.id)
  await setPolicy('fair', admin.id)
  expect((await line()).indexOf(short.id)).toBe(1)
})

it('fair: twice the weight, twice the turns', async () => {
  const [admin, heavy, light] = [await createUser('admin'), await createUser(), await createUser()]
  await setPolicy('fair', admin.id)
  const [a, b] = [await queueJobs(heavy, 12), await queueJobs(light, 12)]
  await setWeight(heavy.id, 2, admin.id)
  const first = (await line()).slice(0, 9)
  expect(first.filter((id) => a.some((job) => job.id === id))).toHaveLength(6)
  expect(first.filter((id) => b.some((job) => job.id === id))).toHaveLength(3)
})
