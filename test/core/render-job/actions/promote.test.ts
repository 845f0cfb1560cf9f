import { expect, it } from 'vitest'
import { db } from '#core/db'
import { setAging } from '#core/queue/control'
import { moveJob } from '#core/render-job/actions/move'
import { promoteAged } from '#core/render-job/actions/promote'
import { createUser, queueJobs, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const HOUR = 3600_000
const later = (hours: number) => new Date(Date.now() + hours * HOUR)
const bandOf = async (id: string) => (await reload(id)).band

it('promotes what has waited for long, one band at a time, and says so', async () => {
  const [job] = await queueJobs(await createUser(), 1)
  expect(await promoteAged()).toBe(0)
  expect(await promoteAged(later(3.9))).toBe(0)
  expect(await promoteAged(later(4.1))).toBe(1)
  expect(await bandOf(job.id)).toBe('high')
  expect(await promoteAged()).toBe(0)
  expect(await promoteAged(later(5))).toBe(1)
  expect(await bandOf(job.id)).toBe('urgent')
  expect(await promoteAged(later(500))).toBe(0)
  const events = await db().jobEvent.findMany({ where: { jobId: job.id, kind: 'moved' } })
  expect(events).toHaveLength(2)
  for (const event of events) expect(event).toMatchObject({ actorId: null, data: { reason: 'aging' } })
  expect(await db().auditEntry.count()).toBe(0)
})

it('counts from the entry into the present band', async () => {
  const admin = await createUser('admin')
  const [job] = await queueJobs(admin, 1)
  await db().renderJob.update({ where: { id: job.id }, data: { bandSince: later(-5), queuedAt: later(-5) } })
  await moveJob(job.id, admin, { band: 'low' })
  expect(await promoteAged()).toBe(0)
  expect(await promoteAged(later(5))).toBe(1)
  expect(await bandOf(job.id)).toBe('normal')
})

it('waits as long as the queue is told to, or for ever', async () => {
  const admin = await createUser('admin')
  const [job] = await queueJobs(admin, 1)
  expect(await setAging(30, admin.id)).toBe('changed')
  expect(await setAging(30, admin.id)).toBe('unchanged')
  expect(await setAging(null, admin.id)).toBe('changed')
  expect(await setAging(null, admin.id)).toBe('unchanged')
  expect(await promoteAged(later(10_000))).toBe(0)
  await setAging(30, admin.id)
  expect(await promoteAged(later(0.6))).toBe(1)
  expect(await bandOf(job.id)).toBe('high')
  const audit = await db().auditEntry.findMany({ orderBy: { id: 'asc' } })
  expect(audit.map((entry) => [entry.action, entry.from, entry.to])).toEqual([
    ['queue.aging', { minutes: 240 }, { minutes: 30 }],
    ['queue.aging', { minutes: 30 }, { minutes: null }],
    ['queue.aging', { minutes: null }, { minutes: 30 }],
  ])
})

it('promotes each once when several workers do maintenance at the same time, in the order of arrival', async () => {
  const jobs = await queueJobs(await createUser(), 60)
  await db().renderJob.updateMany({ data: { bandSince: later(-5) } })
  const counts = await Promise.all([1, 2, 3].map(() => promoteAged()))
  expect(counts.reduce((sum, count) => sum + count)).toBe(60)
  const rows = await db().renderJob.findMany({ orderBy: { priority: 'desc' } })
  expect(rows.map((row) => [row.id, row.band])).toEqual(jobs.map((job) => [job.id, 'high']))
})
