import { expect, it } from 'vitest'
import { cancelBatch } from '#core/batch/cancel'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { cancelAll } from '#core/render-job/actions/cancel'
import { claimNext } from '#core/render-job/lifecycle'
import { createUser, queueJobs, reload } from '#test/setup/factories'
import { entriesOf, heard, logOf } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'

const { database } = setUpPortal()

it('takes what waits out of the line together and asks what runs to stop; says so to all', async () => {
  const [owner, admin] = [await createUser(), await createUser('admin')]
  const jobs = await queueJobs(owner, 5)
  const [other] = await queueJobs(owner, 1)
  const [running, ...waiting] = jobs
  expect((await claimNext(newId()))?.jobId).toBe(running.id)
  const { batchId } = running

  const events = await heard(database().url, async () =>
    expect(await cancelBatch(batchId, admin)).toEqual({ cancelled: 4, cancelling: 1 }),
  )
  expect(events).toContainEqual({ kind: 'changed', ownerId: owner.id, batchId })
  expect(events).toContainEqual({ kind: 'cancel', jobId: running.id })
  for (const { id } of waiting) {
    expect(await reload(id)).toMatchObject({ state: 'cancelled', finishedAt: expect.any(Date) })
    expect(await entriesOf(id)).toEqual([])
    expect(await logOf(id)).toEqual(['queued', 'cancelled'])
  }
  expect(await reload(running.id)).toMatchObject({ state: 'running', cancelRequestedAt: expect.any(Date) })
  expect((await reload(other.id)).state).toBe('queued')
  const audit = await db().auditEntry.findMany({ where: { action: 'job.cancel', actorId: admin.id } })
  expect(audit.map((entry) => entry.subjectId).sort()).toEqual(jobs.map(({ id }) => id).sort())
  await expectSoundQueue()
  expect(await cancelBatch(batchId, admin)).toEqual({ cancelled: 0, cancelling: 1 })
})

it("writes no audit of one's own batch, and does not find that of others", async () => {
  const [owner, stranger] = [await createUser(), await createUser()]
  const [{ batchId }] = await queueJobs(owner, 2)
  const audited = await db().auditEntry.count()
  expect(await cancelBatch(batchId, stranger)).toBeNull()
  expect(await cancelBatch(batchId, owner)).toEqual({ cancelled: 2, cancelling: 0 })
  expect(await db().auditEntry.count()).toBe(audited)
})

it('cancels the last in line first, so that none starts while some hundred are cancelled', async () => {
  const owners = [await createUser(), await createUser()]
  const jobs = (await Promise.all(owners.map((owner) => queueJobs(owner, 260)))).flat()
  const waiting = await db().renderJob.findMany({ where: { id: { in: jobs.map(({ id }) => id) } } })
  const inOrder = waiting.toSorted((a, b) => b.priority - a.priority).map(({ id }) => id)
  const admin = await createUser('admin')
  expect(await cancelAll({}, admin, { running: false })).toEqual({ cancelled: 520, cancelling: 0 })
  const told = await db().jobEvent.findMany({
    where: { kind: 'cancelled', jobId: { in: inOrder } },
    orderBy: { id: 'asc' },
    select: { jobId: true },
  })
  // The first transaction took the last 500, the second those at the head.
  const heads = new Set(told.slice(500).map(({ jobId }) => jobId))
  expect(heads).toEqual(new Set(inOrder.slice(0, 20)))
})

it('racing with claims every job is either cancelled or asked to stop', async () => {
  const owner = await createUser()
  for (let round = 0; round < 8; round++) {
    const jobs = await queueJobs(owner, 6)
    const [counts] = await Promise.all([
      cancelBatch(jobs[0].batchId, owner),
      ...Array.from({ length: 3 }, () => claimNext(newId())),
    ])
    const rows = await Promise.all(jobs.map(({ id }) => reload(id)))
    const asked = rows.filter((row) => row.state === 'running' && row.cancelRequestedAt)
    const cancelled = rows.filter((row) => row.state === 'cancelled')
    expect(counts).toEqual({ cancelled: cancelled.length, cancelling: asked.length })
    expect(cancelled.length + asked.length).toBe(jobs.length)
    await expectSoundQueue()
  }
})
