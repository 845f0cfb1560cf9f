import { expect, it } from 'vitest'
import { db } from '#core/db'
import { applyRetention, previewRetention } from '#core/retention/apply'
import { readRetention, setRetention } from '#core/retention/rules'
import { type Retention, retention } from '#core/retention/schema'
import type { RenderJob } from '#prisma/client'
import { createAsset, createUser, queueJobs } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'
import { renderedFiles } from '#test/setup/stored-files'

const { database } = setUpPortal()

const DAY = 24 * 3_600_000
const daysAgo = (days: number) => new Date(Date.now() - days * DAY)
const NEVER: Retention = retention.parse({ uploadsDays: null })

async function ended(job: RenderJob, days: number): Promise<void> {
  await renderedFiles(database().dataDir, job)
  await db().renderJob.update({ where: { id: job.id }, data: { finishedAt: daysAgo(days) } })
}

const left = async () => ({
  jobs: await db().renderJob.count(),
  batches: await db().batch.count(),
  assets: await db().asset.count(),
  removals: await db().removal.count(),
})

it('takes results that are old enough, with what only they used, and nothing of what waits', async () => {
  const owner = await createUser()
  const [old] = await queueJobs(owner, 1)
  const [young] = await queueJobs(owner, 1)
  const [oldOfOpen] = await queueJobs(owner, 2)
  await ended(old, 31)
  await ended(young, 29)
  await ended(oldOfOpen, 31)
  await setRetention({ ...NEVER, resultsDays: 30 }, owner.id)
  expect(await applyRetention()).toMatchObject({
    results: [{ ownerId: owner.id, jobs: 1, files: 2, bytes: 3000 }],
    uploads: [],
  })
  const jobs = await db().renderJob.findMany({ orderBy: { id: 'asc' } })
  expect(jobs.map(({ id }) => id)).not.toContain(old.id)
  expect(await left()).toEqual({ jobs: 3, batches: 2, assets: 4, removals: 3 })
  const [entry] = await db().auditEntry.findMany({ where: { action: 'storage.clean' } })
  expect(entry).toMatchObject({ actorId: null, to: { jobs: 1, files: 2, bytes: 3000 } })
})

it('takes uploads that nothing uses, counted from when they were last sent', async () => {
  const owner = await createUser()
  await queueJobs(owner, 1)
  const [old, again] = [await createAsset(owner.id, 'presenter'), await createAsset(owner.id, 'presenter')]
  await db().asset.updateMany({ data: { createdAt: daysAgo(31), uploadedAt: daysAgo(31) } })
  await db().asset.update({ where: { id: again.id }, data: { uploadedAt: daysAgo(29) } })
  await setRetention({ uploadsDays: 30 }, owner.id)
  expect(await applyRetention()).toMatchObject({ uploads: [{ ownerId: owner.id, files: 1, bytes: 1000 }] })
  expect(await db().asset.count({ where: { id: old.id } })).toBe(0)
  expect(await left()).toMatchObject({ jobs: 1, assets: 3 })
})

it('is followed once a day, by one worker however many there are, in as many steps as it takes', async () => {
  const owner = await createUser()
  const data = await createAsset(owner.id, 'presenter')
  const many = Array.from({ length: 450 }, (_, index) => ({
    ...{ ...data, findings: {}, id: crypto.randomUUID(), sha256: `${index}`, uploadedAt: daysAgo(40) },
  }))
  await db().asset.createMany({ data: many })
  const reports = await Promise.all([applyRetention(), applyRetention(), applyRetention()])
  await applyRetention()
  expect(await left()).toMatchObject({ assets: 1, removals: 450 })
  const files = reports.flatMap((report) => report?.uploads ?? []).reduce((sum, each) => sum + each.files, 0)
  expect(files).toBe(450)
  await db().asset.createMany({ data: many.slice(0, 1) })
  expect(await applyRetention()).toBeNull()
  await db().queueControl.update({ where: { id: 1 }, data: { retainedAt: daysAgo(1.01) } })
  expect(await applyRetention()).toMatchObject({ uploads: [{ files: 1 }] })
})

it('says what rules would take, whose it is, and takes nothing', async () => {
  const [owner, other] = [await createUser(), await createUser()]
  for (const who of [owner, other, owner]) {
    const [job] = await queueJobs(who, 1)
    await ended(job, 10)
  }
  const before = await left()
  const report = await previewRetention({ ...NEVER, resultsDays: 9 })
  expect(new Set(report.results)).toEqual(
    new Set([
      { ownerId: owner.id, jobs: 2, files: 4, bytes: 6000 },
      { ownerId: other.id, jobs: 1, files: 2, bytes: 3000 },
    ]),
  )
  expect(await previewRetention({ ...NEVER, resultsDays: 11 })).toEqual({ results: [], uploads: [] })
  expect(await left()).toEqual(before)
  expect(await db().auditEntry.count()).toBe(0)
})

it('keeps results for ever unless an admin says otherwise; a change is in the audit', async () => {
  const admin = await createUser('admin')
  expect(await readRetention()).toEqual({
    resultsDays: null,
    uploadsDays: 30,
    cachesDays: null,
    trashDays: 7,
  })
  expect((await setRetention({ resultsDays: 90 }, admin.id)).outcome).toBe('changed')
  expect((await setRetention({ resultsDays: 90 }, admin.id)).outcome).toBe('unchanged')
  expect(await readRetention()).toMatchObject({ resultsDays: 90, trashDays: 7 })
  const entries = await db().auditEntry.findMany()
  expect(entries).toMatchObject([
    { action: 'storage.retention', from: { resultsDays: null }, to: { resultsDays: 90 } },
  ])
})
