import { describe, expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { cancelJob } from '#core/render-job/actions/cancel'
import { listAllOpenJobs } from '#core/render-job/data'
import { retryLater } from '#core/render-job/lifecycle'
import type { RenderJob } from '#prisma/client'
import { claimedJob, createUser, queueJobs, reload } from '#test/setup/factories'
import { entriesOf, heard, logOf, storedState } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()

const NO_FACE = { code: 'no_face', message: 'No face was found.', params: { second: 3 } } as const

const owns = (job: RenderJob) => ({ id: job.ownerId, role: 'member' as const })
const line = async () =>
  (await listAllOpenJobs()).filter((job) => job.state === 'queued').map((job) => job.id)
const audit = () =>
  db().auditEntry.findMany({
    orderBy: { id: 'asc' },
    select: { action: true, actorId: true, subjectId: true },
  })

describe('cancelJob', () => {
  it('takes a waiting job out of the line at once', async () => {
    const [job, other] = await queueJobs(await createUser(), 2)
    const events = await heard(database().url, async () =>
      expect(await cancelJob(job.id, owns(job))).toBe('cancelled'),
    )
    expect(await reload(job.id)).toMatchObject({ state: 'cancelled', finishedAt: expect.any(Date) })
    expect(await entriesOf(job.id)).toEqual([])
    expect(await line()).toEqual([other.id])
    expect(await logOf(job.id)).toEqual(['queued', 'cancelled'])
    expect(events.map((event) => event.kind)).toEqual(['log', 'changed'])
    expect(await audit()).toEqual([])
    expect(await cancelJob(job.id, owns(job))).toBe('already_ended')
  })

  it('takes a job out that waits out a backoff', async () => {
    const { job, claim } = await claimedJob()
    await retryLater(claim, 1, NO_FACE)
    expect(await cancelJob(job.id, owns(job))).toBe('cancelled')
    expect(await reload(job.id)).toMatchObject({ state: 'cancelled', notBefore: null })
    expect((await entriesOf(job.id)).map((entry) => entry.state)).toEqual(['completed'])
  })

  it('is asked once of a running job', async () => {
    const { job } = await claimedJob()
    expect(await cancelJob(job.id, owns(job))).toBe('cancelling')
    const { cancelRequestedAt } = await reload(job.id)
    expect(await cancelJob(job.id, owns(job))).toBe('cancelling')
    expect(await reload(job.id)).toMatchObject({ state: 'running', cancelRequestedAt })
    expect(await logOf(job.id)).toEqual(['queued', 'claimed', 'cancel_requested'])
  })

  it("does not find a member's job for another member; an admin's cancel is written down", async () => {
    const [job] = await queueJobs(await createUser(), 1)
    const [stranger, admin] = [await createUser(), await createUser('admin')]
    const before = await storedState(job.id)
    expect(await cancelJob(job.id, stranger)).toBe('not_found')
    expect(await cancelJob(newId(), admin)).toBe('not_found')
    expect(await storedState(job.id)).toEqual(before)
    expect(await cancelJob(job.id, admin)).toBe('cancelled')
    expect(await audit()).toEqual([{ action: 'job.cancel', actorId: admin.id, subjectId: job.id }])
    const [, event] = await db().jobEvent.findMany({ where: { jobId: job.id }, orderBy: { id: 'asc' } })
    expect(event).toMatchObject({ kind: 'cancelled', actorId: admin.id })
  })
})
