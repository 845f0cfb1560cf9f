import { describe, expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import type { Band } from '#core/queue/ordering'
import { cancelJob } from '#core/render-job/actions/cancel'
import { moveJob } from '#core/render-job/actions/move'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { listAllOpenJobs } from '#core/render-job/data'
import { claimNext, confirmCancelled, fail, succeed } from '#core/render-job/lifecycle'
import type { RenderJob } from '#prisma/client'
import { claimedJob, createUser, queueJobs, RESULT, reload } from '#test/setup/factories'
import { entriesOf, logOf, storedState } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const NO_FACE = { code: 'no_face', message: 'No face was found.', params: { second: 3 } } as const

const owns = (job: RenderJob) => ({ id: job.ownerId, role: 'member' as const })
const line = async () =>
  (await listAllOpenJobs()).filter((job) => job.state === 'queued').map((job) => job.id)
const audit = () =>
  db().auditEntry.findMany({
    orderBy: { id: 'asc' },
    select: { action: true, actorId: true, subjectId: true, from: true, to: true },
  })

describe('resubmitJob', () => {
  async function failedJob(): Promise<RenderJob> {
    const { job, claim } = await claimedJob()
    await fail(claim, NO_FACE)
    return job
  }

  it('puts a failed job at the end of its band, as new', async () => {
    const job = await failedJob()
    const waiting = await queueJobs(await createUser(), 2)
    expect(await resubmitJob(job.id, owns(job))).toBe('queued')
    expect(await line()).toEqual([...waiting.map((other) => other.id), job.id])
    expect(await reload(job.id)).toMatchObject({
      band: 'normal',
      attempt: 0,
      losses: 0,
      workerId: null,
      errorCode: null,
      errorMessage: null,
      errorParams: null,
      startedAt: null,
      finishedAt: null,
    })
    expect((await reload(job.id)).queuedAt.getTime()).toBeGreaterThan(job.queuedAt.getTime())
    expect(await logOf(job.id)).toEqual(['queued', 'claimed', 'failed', 'resubmitted'])
    expect(await audit()).toEqual([])
    expect(await resubmitJob(job.id, owns(job))).toBe('not_ended')
  })

  it('leaves nothing of what the job went through before', async () => {
    const [fresh] = await queueJobs(await createUser(), 1)
    await cancelJob(fresh.id, owns(fresh))
    const at = new Date()
    const used = {
      ...{ attempt: 2, losses: 1, claimToken: newId(), workerId: newId(), heartbeatAt: at, startedAt: at },
      ...{ cancelRequestedAt: at, finishedAt: at, notBefore: at, pinned: true, renderSeconds: 7 },
      ...{ stage: 'render', fraction: 0.5, framesDone: 3, fps: 25 },
      ...{ errorCode: 'engine_failed', errorMessage: 'broke', errorParams: { exitCode: 1 } },
      ...{ forecastAt: at, forecastP50At: at, forecastP90At: at, simulatedP50At: at, simulatedP90At: at },
    }
    await db().renderJob.update({ where: { id: fresh.id }, data: used })
    expect(await resubmitJob(fresh.id, owns(fresh))).toBe('queued')
    const again = await reload(fresh.id)
    for (const column of Object.keys(used) as (keyof typeof used)[])
      expect([column, again[column]]).toEqual([column, fresh[column]])
  })

  it('puts a cancelled job back, and lets it run to its end', async () => {
    const [job] = await queueJobs(await createUser(), 1)
    await cancelJob(job.id, owns(job))
    expect(await resubmitJob(job.id, owns(job))).toBe('queued')
    const claim = await claimNext(newId())
    expect(claim).toMatchObject({ jobId: job.id, attempt: 1 })
    await cancelJob(job.id, owns(job))
    expect(await resubmitJob(job.id, owns(job))).toBe('not_ended')
    await confirmCancelled(claim!)
    expect(await resubmitJob(job.id, owns(job))).toBe('queued')
    expect(await succeed((await claimNext(newId()))!, RESULT)).toBe(true)
    expect(await resubmitJob(job.id, owns(job))).toBe('succeeded')
  })

  it.each<[Band, Band]>([
    ['urgent', 'normal'],
    ['high', 'normal'],
    ['normal', 'normal'],
    ['low', 'low'],
  ])('a member whose job was %s gets %s, whatever they ask for', async (own, kept) => {
    const [job] = await queueJobs(await createUser(), 1)
    const admin = await createUser('admin')
    await moveJob(job.id, admin, { band: own })
    await cancelJob(job.id, owns(job))
    await db().$executeRaw`TRUNCATE "AuditEntry"`
    expect(await resubmitJob(job.id, owns(job), 'urgent')).toBe('queued')
    expect((await reload(job.id)).band).toBe(kept)
    const entry = {
      action: 'job.resubmit',
      actorId: job.ownerId,
      subjectId: job.id,
      from: { band: own },
      to: { band: kept },
    }
    expect(await audit()).toEqual(own === kept ? [] : [entry])
  })

  it('an admin may choose the band, or keeps it; both are written down', async () => {
    const [first, second] = [await failedJob(), await failedJob()]
    const admin = await createUser('admin')
    await queueJobs(admin, 1)
    expect(await resubmitJob(first.id, admin)).toBe('queued')
    expect(await resubmitJob(second.id, admin, 'high')).toBe('queued')
    expect((await reload(first.id)).band).toBe('normal')
    expect((await line())[0]).toBe(second.id)
    const entry = { action: 'job.resubmit', actorId: admin.id }
    expect(await audit()).toEqual([
      { ...entry, subjectId: first.id, from: { band: 'normal' }, to: { band: 'normal' } },
      { ...entry, subjectId: second.id, from: { band: 'normal' }, to: { band: 'high' } },
    ])
  })

  it('does not find what is somebody else’s, or deleted; nor does it run for a disabled owner', async () => {
    const job = await failedJob()
    const admin = await createUser('admin')
    const before = await storedState(job.id)
    expect(await resubmitJob(job.id, await createUser())).toBe('not_found')
    await db().user.update({ where: { id: job.ownerId }, data: { disabledAt: new Date() } })
    expect(await resubmitJob(job.id, admin)).toBe('owner_disabled')
    expect(await storedState(job.id)).toEqual(before)
    await db().renderJob.update({ where: { id: job.id }, data: { deletedAt: new Date() } })
    expect(await resubmitJob(job.id, admin)).toBe('not_found')
  })

  it('puts it into the line once when asked twice at once', async () => {
    for (let round = 0; round < 10; round++) {
      const [job] = await queueJobs(await createUser(), 1)
      await cancelJob(job.id, owns(job))
      const outcomes = await Promise.all([1, 2, 3].map(() => resubmitJob(job.id, owns(job))))
      expect(outcomes.sort()).toEqual(['not_ended', 'not_ended', 'queued'])
      expect((await entriesOf(job.id)).length).toBe(1)
    }
  })
})
