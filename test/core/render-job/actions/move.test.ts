import { describe, expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { BANDS, type Band } from '#core/queue/ordering'
import { moveJob } from '#core/render-job/actions/move'
import { claimNext, release, retryLater, succeed } from '#core/render-job/lifecycle'
import type { User } from '#prisma/client'
import { claimedJob, createUser, queueJobs, RESULT, reload } from '#test/setup/factories'
import { entriesOf, heard, logOf, storedState } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()

const NO_FACE = { code: 'no_face', message: 'No face was found.', params: { second: 3 } } as const

const line = async () =>
  (
    await db().renderJob.findMany({
      where: { state: 'queued' },
      orderBy: { priority: 'desc' },
      select: { id: true },
    })
  ).map((job) => job.id)

const audit = () =>
  db().auditEntry.findMany({
    orderBy: { id: 'asc' },
    select: { action: true, actorId: true, subjectId: true, from: true, to: true },
  })

describe('who may move what', () => {
  const asMember = async (own: Band, wish: Band, who?: User) => {
    const owner = await createUser()
    const admin = await createUser('admin')
    const [job] = await queueJobs(owner, 1)
    await moveJob(job.id, admin, { band: own })
    return moveJob(job.id, who ?? owner, { band: wish })
  }

  it('members take their own jobs from normal to low and back', async () => {
    expect(await asMember('normal', 'low')).toBe('moved')
    expect(await asMember('low', 'normal')).toBe('moved')
    expect(await asMember('normal', 'normal')).toBe('unchanged')
  })

  it('members get nothing higher, nor take back what an admin gave', async () => {
    for (const wish of ['urgent', 'high'] as const) expect(await asMember('normal', wish)).toBe('forbidden')
    for (const own of ['urgent', 'high'] as const) expect(await asMember(own, 'low')).toBe('forbidden')
  })

  it("members don't choose a place in the line, and don't find other members' jobs", async () => {
    const owner = await createUser()
    const [a, b] = await queueJobs(owner, 2)
    for (const move of [{ front: true as const }, { before: a.id }, { after: a.id }])
      expect(await moveJob(b.id, owner, move)).toBe('forbidden')
    expect(await moveJob(b.id, await createUser(), { band: 'low' })).toBe('not_found')
    expect(await line()).toEqual([a.id, b.id])
    expect(await db().auditEntry.count()).toBe(0)
  })
})

describe('before and after another job', () => {
  it('puts a job right there, in the band of the other one', async () => {
    const admin = await createUser('admin')
    const [a, b, c, d] = await queueJobs(await createUser(), 4)
    await moveJob(a.id, admin, { band: 'high' })
    expect(await moveJob(d.id, admin, { before: a.id })).toBe('moved')
    expect(await line()).toEqual([d.id, a.id, b.id, c.id])
    expect(await reload(d.id)).toMatchObject({ band: 'high', pinned: true })
    expect(await moveJob(a.id, admin, { after: c.id })).toBe('moved')
    expect(await line()).toEqual([d.id, b.id, c.id, a.id])
    expect(await moveJob(a.id, admin, { after: c.id })).toBe('unchanged')
    expect(await moveJob(b.id, admin, { before: c.id })).toBe('unchanged')
    expect(await moveJob(b.id, admin, { before: b.id })).toBe('unchanged')
  })

  it('refuses one that does not wait', async () => {
    const admin = await createUser('admin')
    const [a, b] = await queueJobs(admin, 2)
    await claimNext(newId())
    expect(await moveJob(b.id, admin, { before: a.id })).toBe('other_not_waiting')
    expect(await moveJob(b.id, admin, { after: newId() })).toBe('other_not_waiting')
  })

  it('finds room when a gap is used up: 60 moves into one place, by turns before and after it', {
    timeout: 120_000,
  }, async () => {
    const admin = await createUser('admin')
    const jobs = await queueJobs(admin, 62)
    const [first, last, ...rest] = jobs.map((job) => job.id)
    const expected = [first, last, ...rest]
    for (const [turn, id] of rest.entries()) {
      expected.splice(expected.indexOf(id), 1)
      if (turn % 2) expected.splice(expected.indexOf(last), 0, id)
      else expected.splice(expected.indexOf(first) + 1, 0, id)
      const outcome = await moveJob(id, admin, turn % 2 ? { before: last } : { after: first })
      expect(['moved', 'unchanged']).toContain(outcome)
    }
    expect(await line()).toEqual(expected)
    const [newcomer] = await queueJobs(admin, 1)
    expect((await line()).at(-1)).toBe(newcomer.id)
  })

  it('keeps what is put behind the last one in front of those who come later', async () => {
    const admin = await createUser('admin')
    const [a, b, c] = await queueJobs(admin, 3)
    for (let turn = 0; turn < 12; turn++) {
      await moveJob(a.id, admin, { after: c.id })
      await moveJob(b.id, admin, { after: a.id })
      await moveJob(c.id, admin, { after: b.id })
    }
    const [d] = await queueJobs(admin, 1)
    expect(await line()).toEqual([a.id, b.id, c.id, d.id])
  })
})

it('tells the owner who moved a job, from where to where and why', async () => {
  const [owner, admin] = [await createUser(), await createUser('admin')]
  const [, , c] = await queueJobs(owner, 3)
  await moveJob(c.id, admin, { front: true }, 'the launch is today')
  const data = { fromPosition: 3, toPosition: 1, reason: 'the launch is today' }
  const event = await db().jobEvent.findFirstOrThrow({ where: { jobId: c.id, kind: 'moved' } })
  expect(event).toMatchObject({ actorId: admin.id, data })
  const audit = await db().auditEntry.findFirstOrThrow()
  expect(audit).toMatchObject({
    actorId: admin.id,
    action: 'job.front',
    subjectId: c.id,
    reason: data.reason,
  })
  expect([audit.from, audit.to]).toMatchObject([{ position: 3 }, { position: 1 }])
})

it('brings a released job back next to the one that has its ticket now', async () => {
  const admin = await createUser('admin')
  const [a, b, c] = await queueJobs(admin, 3)
  const claim = (await claimNext(newId()))!
  const place = { band: a.band, ticket: a.ticket, priority: a.priority }
  await db().$executeRaw`UPDATE pgboss.job SET priority = ${a.priority}::int WHERE id = ${c.bossJobId}::uuid`
  await db().renderJob.update({ where: { id: c.id }, data: { ...place, pinned: true } })
  await release(claim, 'shutdown')
  expect(new Set((await line()).slice(0, 2))).toEqual(new Set([a.id, c.id]))
  expect((await line())[2]).toBe(b.id)
})

it('takes a job that was moved back into its turn when its band changes', async () => {
  const admin = await createUser('admin')
  const [a, b, c] = await queueJobs(admin, 3)
  await moveJob(c.id, admin, { front: true })
  for (const band of BANDS.toReversed()) await moveJob(c.id, admin, { band })
  await moveJob(a.id, admin, { band: 'urgent' })
  await moveJob(b.id, admin, { band: 'urgent' })
  expect(await line()).toEqual([a.id, b.id, c.id])
  expect((await reload(c.id)).pinned).toBe(false)
})

describe('to another band', () => {
  it('moves a waiting job, keeps its turn among its new band, and is written down', async () => {
    const admin = await createUser('admin')
    const [a, b, c] = await queueJobs(await createUser(), 3)
    await moveJob(c.id, admin, { band: 'high' })
    const events = await heard(database().url, async () =>
      expect(await moveJob(b.id, admin, { band: 'high' })).toBe('moved'),
    )
    expect(await line()).toEqual([b.id, c.id, a.id])
    expect(events.map((event) => event.kind)).toEqual(['log', 'changed'])
    expect(await logOf(b.id)).toEqual(['queued', 'moved'])
    expect((await audit())[1]).toEqual({
      action: 'job.band',
      actorId: admin.id,
      subjectId: b.id,
      from: { band: 'normal', ticket: b.ticket, position: 3 },
      to: { band: 'high', ticket: b.ticket, position: 1 },
    })
    expect((await entriesOf(b.id)).map((entry) => entry.id)).toEqual([b.bossJobId])
  })

  it('does nothing to a job that is there already, runs, ended or is unknown', async () => {
    const admin = await createUser('admin')
    const { job, claim } = await claimedJob()
    const [waiting] = await queueJobs(admin, 1)
    expect(await moveJob(waiting.id, admin, { band: 'normal' })).toBe('unchanged')
    const before = await storedState(job.id)
    expect(await moveJob(job.id, admin, { band: 'urgent' })).toBe('not_waiting')
    expect(await moveJob(job.id, admin, { front: true })).toBe('not_waiting')
    expect(await storedState(job.id)).toEqual(before)
    await succeed(claim, RESULT)
    expect(await moveJob(job.id, admin, { band: 'urgent' })).toBe('not_waiting')
    expect(await moveJob(newId(), admin, { band: 'urgent' })).toBe('not_found')
    expect(await audit()).toEqual([])
  })

  it('leaves a backoff as it was', async () => {
    const admin = await createUser('admin')
    const { job, claim } = await claimedJob()
    await retryLater(claim, 1, NO_FACE)
    const { notBefore } = await reload(job.id)
    expect(await moveJob(job.id, admin, { band: 'urgent' })).toBe('moved')
    expect((await entriesOf(job.id)).at(-1)!.start_after).toEqual(notBefore)
    expect(await claimNext(newId())).toBeNull()
  })
})

describe('to the front', () => {
  it('makes a job the next one, above urgent ones too, and the last one moved wins', async () => {
    const admin = await createUser('admin')
    const [a, b, c, d] = await queueJobs(await createUser(), 4)
    await moveJob(d.id, admin, { band: 'urgent' })
    expect(await moveJob(b.id, admin, { front: true })).toBe('moved')
    expect(await moveJob(c.id, admin, { front: true })).toBe('moved')
    expect(await line()).toEqual([c.id, b.id, d.id, a.id])
    expect(await moveJob(c.id, admin, { front: true })).toBe('unchanged')
    expect((await reload(c.id)).band).toBe('urgent')
    expect((await audit()).map((entry) => entry.action)).toEqual(['job.band', 'job.front', 'job.front'])
    expect((await claimNext(newId()))?.jobId).toBe(c.id)
  })
})
