import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { BANDS } from '#core/queue/ordering'
import { cancelJob } from '#core/render-job/actions/cancel'
import { moveJob } from '#core/render-job/actions/move'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { listAllOpenJobs } from '#core/render-job/data'
import {
  type ClaimedJob,
  claimNext,
  confirmCancelled,
  fail,
  heartbeat,
  recoverLost,
  release,
  retryLater,
  succeed,
} from '#core/render-job/lifecycle'
import { createUser, queueJobs, RESULT, reload } from '#test/setup/factories'
import { logOf } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'

setUpPortal()

const waiting = async () =>
  (await listAllOpenJobs()).filter((job) => job.state === 'queued').map((job) => job.id)

/** Each lead once with each of two cases; more where PROPERTY_RUNS says so. */
const ROUNDS = Number(process.env.PROPERTY_RUNS ?? 14)

/** Who begins: either wholly before the other, or by so many milliseconds. So every round of seven sees both orders. */
const LEADS = ['first', 'second', 0, -3, 3, -1, 1] as const

/** Starts both so that, over the rounds, either may be a little ahead. */
async function together<A, B>(
  round: number,
  first: () => Promise<A>,
  second: () => Promise<B>,
): Promise<[A, B]> {
  const lead = LEADS[round % LEADS.length]
  if (lead === 'first') {
    const before = await first()
    return [before, await second()]
  }
  if (lead === 'second') {
    const before = await second()
    return [await first(), before]
  }
  return Promise.all([sleep(Math.max(0, -lead)).then(first), sleep(Math.max(0, lead)).then(second)])
}

it('a cancel racing with a claim: cancelled while waiting, or running and asked to stop', async () => {
  const owner = await createUser()
  const seen = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const [job] = await queueJobs(owner, 1)
    const [claim, outcome] = await together(
      round,
      () => claimNext(newId()),
      () => cancelJob(job.id, owner),
    )
    const row = await reload(job.id)
    seen.add(outcome)
    if (outcome === 'cancelled') {
      expect(claim).toBeNull()
      expect(row.state).toBe('cancelled')
    } else {
      expect(outcome).toBe('cancelling')
      expect(claim?.jobId).toBe(job.id)
      expect(row).toMatchObject({ state: 'running', cancelRequestedAt: expect.any(Date) })
      expect(await confirmCancelled(claim!)).toBe(true)
    }
  }
  expect(seen).toEqual(new Set(['cancelled', 'cancelling']))
})

it('two cancels at once: one does it, the other finds it done', async () => {
  const owner = await createUser()
  for (let round = 0; round < ROUNDS; round++) {
    const [job] = await queueJobs(owner, 1)
    const cancel = () => cancelJob(job.id, owner)
    expect((await together(round, cancel, cancel)).sort()).toEqual(['already_ended', 'cancelled'])
    expect(await logOf(job.id)).toEqual(['queued', 'cancelled'])
  }
})

it('a cancel racing with a release: the job ends, and never waits again', async () => {
  const owner = await createUser()
  for (let round = 0; round < ROUNDS; round++) {
    const [job] = await queueJobs(owner, 1)
    const claim = (await claimNext(newId()))!
    const put =
      round % 2
        ? () => release(claim, 'shutdown')
        : () => retryLater(claim, 1, { code: 'engine_failed', message: 'x' })
    const [done, outcome] = await together(round, put, () => cancelJob(job.id, owner))
    expect(done).toBe(true)
    expect(['cancelled', 'cancelling', 'already_ended']).toContain(outcome)
    expect((await reload(job.id)).state).toBe('cancelled')
  }
})

it('a cancel racing with a success: one of them ends the job', async () => {
  const owner = await createUser()
  for (let round = 0; round < ROUNDS; round++) {
    const [job] = await queueJobs(owner, 1)
    const claim = (await claimNext(newId()))!
    const [done, outcome] = await together(
      round,
      () => succeed(claim, RESULT),
      () => cancelJob(job.id, owner),
    )
    expect(done).toBe(true)
    expect(['cancelling', 'already_ended']).toContain(outcome)
    expect(await reload(job.id)).toMatchObject({ state: 'succeeded', cancelRequestedAt: null })
  }
})

it('a move racing with a claim: moved and then taken or not, never both places', async () => {
  const [owner, admin] = [await createUser(), await createUser('admin')]
  for (let round = 0; round < ROUNDS; round++) {
    const [first, second] = await queueJobs(owner, 2)
    const move =
      round % 2
        ? () => moveJob(second.id, admin, { front: true })
        : () => moveJob(first.id, admin, { band: 'low' })
    const [claim, outcome] = await together(round, () => claimNext(newId()), move)
    expect([first.id, second.id]).toContain(claim?.jobId)
    // Unchanged: the first was taken already, which made the second the head.
    expect(['moved', 'not_waiting', 'unchanged']).toContain(outcome)
    if (outcome === 'not_waiting') expect(claim!.jobId).toBe(round % 2 ? second.id : first.id)
    await expectSoundQueue()
    await succeed(claim!, RESULT)
    await succeed((await claimNext(newId()))!, RESULT)
  }
})

it('two moves to the front at once: both are ahead of the rest, one is the next', async () => {
  const admin = await createUser('admin')
  for (let round = 0; round < ROUNDS; round++) {
    const jobs = await queueJobs(admin, 4)
    const [, , c, d] = jobs
    const outcomes = await together(
      round,
      () => moveJob(c.id, admin, { front: true }),
      () => moveJob(d.id, admin, { front: true }),
    )
    expect(outcomes).toEqual(['moved', 'moved'])
    const line = await waiting()
    expect(new Set(line.slice(0, 2))).toEqual(new Set([c.id, d.id]))
    for (const id of line) expect((await claimNext(newId()))?.jobId).toBe(id)
  }
})

it('a move of one job twice at once leaves row and pg-boss at one place', async () => {
  const admin = await createUser('admin')
  for (let round = 0; round < ROUNDS; round++) {
    const [, job] = await queueJobs(admin, 2)
    await together(
      round,
      () => moveJob(job.id, admin, { front: true }),
      () => moveJob(job.id, admin, { band: BANDS[round % 4] }),
    )
    await expectSoundQueue()
  }
})

it('a change of band racing with a cancel: the job is cancelled either way', async () => {
  const [owner, admin] = [await createUser(), await createUser('admin')]
  for (let round = 0; round < ROUNDS; round++) {
    const [job] = await queueJobs(owner, 1)
    const [moved, cancelled] = await together(
      round,
      () => moveJob(job.id, admin, { band: 'high' }),
      () => cancelJob(job.id, owner),
    )
    expect(cancelled).toBe('cancelled')
    expect(['moved', 'not_waiting']).toContain(moved)
    expect(await reload(job.id)).toMatchObject({
      state: 'cancelled',
      band: moved === 'moved' ? 'high' : 'normal',
    })
    const kinds = moved === 'moved' ? ['queued', 'moved', 'cancelled'] : ['queued', 'cancelled']
    expect(await logOf(job.id)).toEqual(kinds)
  }
})

it('a storm of everything at once: no deadlock, nothing lost, nothing rendered twice', {
  timeout: 120_000,
}, async () => {
  const [owner, admin] = [await createUser(), await createUser('admin')]
  const ids = (await queueJobs(owner, 40)).map((job) => job.id)
  let renders = 0
  const goesOn = () => renders <= 40
  const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]
  const running = new Map<string, string>()
  async function settle(claim: ClaimedJob): Promise<boolean> {
    const failure = { code: 'engine_failed', message: 'x' } as const
    switch (await heartbeat(claim)) {
      case 'cancel':
        return confirmCancelled(claim)
      case 'fenced':
        return false
      default:
        return any([
          () => succeed(claim, RESULT),
          () => fail(claim, failure),
          () => release(claim, 'preempted'),
          () => retryLater(claim, claim.attempt, failure),
          async () => (await recoverLost({ workerIds: [claim.workerId!] })).length > 0,
        ])()
    }
  }
  async function slot(): Promise<void> {
    while (goesOn()) {
      const claim = await claimNext(newId())
      if (!claim) continue
      expect(running.has(claim.jobId), `job ${claim.jobId} runs twice`).toBe(false)
      running.set(claim.jobId, claim.claimToken)
      renders++
      // Deleted first: once it is settled, another slot may have it.
      running.delete(claim.jobId)
      expect(await settle(claim)).toBe(true)
    }
  }
  async function person(): Promise<void> {
    while (goesOn()) {
      const id = any(ids)
      await any([
        () => cancelJob(id, any([owner, admin])),
        () => resubmitJob(id, owner),
        () => resubmitJob(id, admin, any(BANDS)),
        () => moveJob(id, admin, { band: any(BANDS) }),
        () => moveJob(id, admin, { front: true }),
      ])()
    }
  }
  await Promise.all([slot(), slot(), slot(), slot(), person(), person(), person(), person()])
  await expectSoundQueue()

  await db().$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE state < 'active'`
  await db().renderJob.updateMany({ data: { notBefore: null } })
  for (const id of await waiting()) expect((await claimNext(newId()))?.jobId).toBe(id)
  expect(await claimNext(newId())).toBeNull()
})
