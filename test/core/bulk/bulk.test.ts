import { describe, expect, it } from 'vitest'
import { previewBulk, runBulk } from '#core/bulk/bulk'
import type { BulkAction, BulkSelection } from '#core/bulk/bulk-selection'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { setLimits } from '#core/limits/limits'
import { setPolicy } from '#core/queue/policy'
import { cancelJob } from '#core/render-job/actions/cancel'
import { claimNext, fail, succeed } from '#core/render-job/lifecycle'
import type { User } from '#prisma/client'
import { createUser, queueJobs, RESULT, reload } from '#test/setup/factories'
import { heard, logOf } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'

const { database } = setUpPortal()

const WAITING: BulkSelection = { filter: { states: ['queued'] } }
const CANCEL: BulkAction = { kind: 'cancel' }

const idsOf = (jobs: { id: string }[]) => jobs.map(({ id }) => id)

const lineNow = async () =>
  idsOf(
    await db().renderJob.findMany({
      where: { state: 'queued' },
      orderBy: { priority: 'desc' },
      select: { id: true },
    }),
  )

/** One of each state, in this order, all of one batch. */
async function oneOfEach(owner: User) {
  const jobs = await queueJobs(owner, 5)
  await succeed((await claimNext(newId()))!, RESULT)
  await fail((await claimNext(newId()))!, { code: 'engine_failed', message: 'broke' })
  await cancelJob(jobs[2].id, owner)
  await claimNext(newId())
  const [succeeded, failed, cancelled, running, queued] = jobs
  return { succeeded, failed, cancelled, running, queued }
}

const EVERY: BulkSelection = {
  filter: { states: ['queued', 'running', 'succeeded', 'failed', 'cancelled'] },
}

describe('previewBulk', () => {
  it('counts what is touched by state and owner, and what is skipped and why', async () => {
    const [anna, bert, admin] = [
      await createUser('member', 'Anna'),
      await createUser(),
      await createUser('admin'),
    ]
    await oneOfEach(anna)
    await queueJobs(bert, 3)
    const cancel = (await previewBulk(admin, EVERY, CANCEL))!
    expect(cancel).toMatchObject({ jobs: 5, skipped: [{ reason: 'already_ended', jobs: 3 }] })
    expect(Object.fromEntries(cancel.byState.map((each) => [each.state, each.jobs]))).toEqual({
      queued: 4,
      running: 1,
    })
    expect(cancel.byOwner.map((each) => [each.ownerId, each.jobs])).toEqual([
      [bert.id, 3],
      [anna.id, 2],
    ])
    expect(await previewBulk(admin, EVERY, { kind: 'resubmit' })).toMatchObject({ jobs: 2 })
    expect(await previewBulk(admin, EVERY, { kind: 'band', band: 'normal' })).toMatchObject({ jobs: 0 })
    expect(await previewBulk(admin, EVERY, { kind: 'front' })).toMatchObject({ jobs: 4 })
    expect(await previewBulk(anna, EVERY, CANCEL)).toMatchObject({ jobs: 2, byOwner: [{ name: 'Anna' }] })
  })

  it('selects by owner, batch, band, engine and age', async () => {
    const [anna, admin] = [await createUser(), await createUser('admin')]
    const [old] = await queueJobs(anna, 2)
    await queueJobs(anna, 3, { options: { engine: 'wav2lip' } })
    await queueJobs(admin, 4, { band: 'low' })
    await db().renderJob.update({ where: { id: old.id }, data: { queuedAt: new Date(Date.now() - 600_000) } })
    const count = async (filter: object) =>
      (await previewBulk(admin, { filter: { states: ['queued'], ...filter } }, CANCEL))!.jobs
    expect(await count({ ownerId: anna.id })).toBe(5)
    expect(await count({ batchId: old.batchId })).toBe(2)
    expect(await count({ band: 'low' })).toBe(4)
    expect(await count({ engine: 'wav2lip' })).toBe(3)
    expect(await count({ olderThanMinutes: 5 })).toBe(1)
  })

  it('leaves alone what would fail again on the same file', async () => {
    const anna = await createUser()
    await queueJobs(anna, 2)
    await fail((await claimNext(newId()))!, { code: 'no_face', message: 'no face' })
    await fail((await claimNext(newId()))!, { code: 'engine_failed', message: 'broke' })
    const failed: BulkSelection = { filter: { states: ['failed'] } }
    expect(await previewBulk(anna, failed, { kind: 'resubmit' })).toMatchObject({
      jobs: 1,
      skipped: [{ reason: 'fails_again', jobs: 1 }],
    })
    expect(await runBulk(anna, failed, { kind: 'resubmit' })).toMatchObject({ touched: 1 })
    expect(await db().renderJob.count({ where: { state: 'failed', errorCode: 'no_face' } })).toBe(1)
  })

  it('knows nothing of what was deleted', async () => {
    const anna = await createUser()
    const jobs = await queueJobs(anna, 2)
    await runBulk(anna, WAITING, CANCEL)
    await db().renderJob.update({ where: { id: jobs[0].id }, data: { deletedAt: new Date() } })
    const ended: BulkSelection = { ids: idsOf(jobs) }
    expect(await previewBulk(anna, ended, { kind: 'resubmit' })).toMatchObject({ jobs: 1, skipped: [] })
  })

  it('is not for members where the action is not', async () => {
    const member = await createUser()
    await queueJobs(member, 1)
    const forbidden: BulkAction[] = [
      { kind: 'front' },
      { kind: 'band', band: 'urgent' },
      { kind: 'resubmit', band: 'low' },
    ]
    for (const action of forbidden) {
      expect(await previewBulk(member, WAITING, action)).toBeNull()
      expect(await runBulk(member, WAITING, action)).toEqual({ outcome: 'forbidden' })
    }
    expect(await runBulk(member, WAITING, { kind: 'band', band: 'low' })).toMatchObject({ touched: 1 })
  })
})

describe('runBulk', () => {
  it('touches what the preview showed, or nothing and shows what it is now', async () => {
    const admin = await createUser('admin')
    const jobs = await queueJobs(admin, 3)
    const { token } = (await previewBulk(admin, WAITING, CANCEL))!
    await queueJobs(admin, 1)
    expect(await runBulk(admin, WAITING, CANCEL, token)).toMatchObject({
      outcome: 'changed',
      preview: { jobs: 4 },
    })
    expect(await lineNow()).toHaveLength(4)
    const some = { ids: idsOf(jobs) }
    const other = (await previewBulk(admin, some, { kind: 'front' }))!.token
    expect(await runBulk(admin, some, CANCEL, other)).toMatchObject({ outcome: 'changed' })
    expect(await runBulk(admin, some, CANCEL, token)).toMatchObject({ outcome: 'done', touched: 3 })
  })

  it('cancels waiting jobs at once and asks running ones to stop; the audit says so once', async () => {
    const [owner, admin] = [await createUser(), await createUser('admin')]
    const { running, queued } = await oneOfEach(owner)
    const events = await heard(database().url, () => runBulk(admin, EVERY, CANCEL))
    expect(events).toContainEqual({ kind: 'cancel', jobId: running.id })
    expect(await reload(queued.id)).toMatchObject({ state: 'cancelled' })
    expect((await reload(running.id)).cancelRequestedAt).not.toBeNull()
    expect(await logOf(queued.id)).toEqual(['queued', 'cancelled'])
    expect(await db().auditEntry.findMany({ where: { action: 'queue.bulk' } })).toMatchObject([
      { actorId: admin.id, ownerId: owner.id, to: { kind: 'cancel', jobs: 2 } },
    ])
  })

  it.each(['fifo', 'fair'] as const)(
    'policy %s: keeps the order among those it moves to the front',
    async (policy) => {
      const [owner, admin] = [await createUser(), await createUser('admin')]
      await setPolicy(policy, admin.id)
      const jobs = await queueJobs(owner, 8)
      const chosen = [jobs[6], jobs[1], jobs[4]]
      expect(await runBulk(admin, { ids: idsOf(chosen) }, { kind: 'front' })).toMatchObject({ touched: 3 })
      const order = [1, 4, 6, 0, 2, 3, 5, 7].map((index) => jobs[index].id)
      expect(await lineNow()).toEqual(order)
      for (const id of order) expect((await claimNext(newId()))?.jobId).toBe(id)
    },
  )

  it.each(['fifo', 'fair'] as const)(
    'policy %s: cancels and resubmits 450 jobs of two people in order',
    {
      timeout: 60_000,
    },
    async (policy) => {
      const [anna, bert, admin] = [await createUser(), await createUser(), await createUser('admin')]
      await setPolicy(policy, admin.id)
      const jobs = [...(await queueJobs(anna, 230)), ...(await queueJobs(bert, 220, { band: 'low' }))]
      expect(await runBulk(admin, WAITING, CANCEL)).toMatchObject({ outcome: 'done', touched: 450 })
      await expectSoundQueue()
      const again = await runBulk(admin, { filter: { states: ['cancelled'] } }, { kind: 'resubmit' })
      expect(again).toMatchObject({ outcome: 'done', touched: 450 })
      expect(await lineNow()).toEqual(idsOf(jobs))
      expect(await logOf(jobs[0].id)).toEqual(['queued', 'cancelled', 'resubmitted'])
    },
  )

  it('refuses a member’s retry of more than may wait before the first of them', async () => {
    const [owner, admin] = [await createUser(), await createUser('admin')]
    await queueJobs(owner, 4)
    await runBulk(owner, WAITING, CANCEL)
    const limits = { maxWaiting: null, maxWaitingPerUser: 3, gpuMinutesPerUserPerDay: null }
    await setLimits({ ...limits, minFreeDiskBytes: 0 }, admin.id)
    const retry = [{ filter: { states: ['cancelled'] } }, { kind: 'resubmit' }] as [BulkSelection, BulkAction]
    expect(await runBulk(owner, ...retry)).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'too_many_waiting', params: { asked: 4 } },
      touched: 0,
    })
    expect(await lineNow()).toEqual([])
    expect(await runBulk(admin, ...retry)).toMatchObject({ outcome: 'done', touched: 4 })
  })

  it('refuses a retry of many in front of the first of them, though these alone would be let in', async () => {
    const [owner, admin] = [await createUser(), await createUser('admin')]
    await queueJobs(owner, 230)
    await runBulk(owner, WAITING, CANCEL)
    await setLimits({ maxWaitingPerUser: 220 }, admin.id)
    expect(await runBulk(owner, { filter: { states: ['cancelled'] } }, { kind: 'resubmit' })).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'too_many_waiting', params: { asked: 230 } },
      touched: 0,
    })
    expect(await lineNow()).toEqual([])
  })

  it('pauses and resumes the batches of a selection', async () => {
    const admin = await createUser('admin')
    const [first] = await queueJobs(admin, 2)
    const [second] = await queueJobs(admin, 2)
    await queueJobs(admin, 1)
    const both = { ids: [first.id, second.id] }
    expect(await runBulk(admin, both, { kind: 'pause' })).toMatchObject({ touched: 2 })
    expect(await db().batch.count({ where: { pausedAt: { not: null } } })).toBe(2)
    expect(await previewBulk(admin, both, { kind: 'pause' })).toMatchObject({
      jobs: 0,
      skipped: [{ reason: 'unchanged', jobs: 2 }],
    })
    expect(await runBulk(admin, both, { kind: 'resume' })).toMatchObject({ touched: 2 })
    expect((await claimNext(newId()))?.jobId).toBe(first.id)
  })

  it('cancels the last in line first, and asks what runs at the end', async () => {
    const admin = await createUser('admin')
    const jobs = await queueJobs(admin, 230)
    expect((await claimNext(newId()))?.jobId).toBe(jobs[0].id)
    const open: BulkSelection = { filter: { states: ['queued', 'running'] } }
    expect(await runBulk(admin, open, CANCEL)).toMatchObject({ touched: 230 })
    const events = await db().jobEvent.findMany({
      where: { kind: { in: ['cancelled', 'cancel_requested'] } },
      orderBy: { id: 'asc' },
      select: { jobId: true },
    })
    const order = events.map(({ jobId }) => jobId)
    expect(order.at(-1)).toBe(jobs[0].id)
    expect(new Set(order.slice(0, 200))).toEqual(new Set(idsOf(jobs.slice(30))))
    expect(await db().auditEntry.count({ where: { action: 'queue.bulk' } })).toBe(1)
  })

  it('leaves to admins what an admin gave a higher band', async () => {
    const [member, admin] = [await createUser(), await createUser('admin')]
    const [first, second] = await queueJobs(member, 2)
    await runBulk(admin, { ids: [first.id] }, { kind: 'band', band: 'high' })
    const toLow: BulkAction = { kind: 'band', band: 'low' }
    const skipped = [{ reason: 'forbidden', jobs: 1 }]
    expect(await previewBulk(member, WAITING, toLow)).toMatchObject({ jobs: 1, skipped })
    expect(await runBulk(member, WAITING, toLow)).toMatchObject({ touched: 1, skipped })
    expect([(await reload(first.id)).band, (await reload(second.id)).band]).toEqual(['high', 'low'])
  })

  it('acts while slots take jobs: what started meanwhile is told to stop, and nothing is lost', async () => {
    const admin = await createUser('admin')
    await queueJobs(admin, 30)
    const [result, ...claims] = await Promise.all([
      runBulk(admin, WAITING, CANCEL),
      ...Array.from({ length: 10 }, () => claimNext(newId())),
    ])
    const started = claims.filter((claim) => claim !== null).length
    const asked = await db().renderJob.count({ where: { cancelRequestedAt: { not: null } } })
    expect(result).toMatchObject({ outcome: 'done', touched: 30 - started + asked })
    expect(await db().renderJob.count({ where: { state: 'cancelled' } })).toBe(30 - started)
    expect(await lineNow()).toEqual([])
  })
})
