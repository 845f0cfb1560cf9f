import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { findAsset, listAssets } from '#core/asset/data'
import { reuseAsset } from '#core/asset/mutations'
import { findBatch } from '#core/batch/data'
import { createBatch } from '#core/batch/mutations'
import { db } from '#core/db'
import { cancelJob } from '#core/render-job/actions/cancel'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { findJob } from '#core/render-job/data'
import { claimNext, confirmCancelled } from '#core/render-job/lifecycle'
import { listTrash } from '#core/trash/data'
import { deleteNow, emptyOwnTrash, emptyTrash, findKnownContents } from '#core/trash/empty'
import { restore, trashAsset, trashBatch, trashJob } from '#core/trash/mutations'
import type { RenderJob, User } from '#prisma/client'
import { createAsset, createUser, queueJobs, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'
import { carryOut, filesIn, renderedFiles, writeAssetFiles } from '#test/setup/stored-files'
import { forgetContents } from '#worker/cache'

const { database } = setUpPortal()
const dataDir = () => database().dataDir

beforeEach(async () => {
  for (const name of await readdir(dataDir())) await rm(path.join(dataDir(), name), { recursive: true })
})

/** The worker's cleaning; what is left in the data folder afterwards. */
async function cleaned(): Promise<string[]> {
  await carryOut(dataDir())
  await forgetContents(path.join(dataDir(), 'cache'), findKnownContents)
  return filesIn(dataDir())
}

/** A batch of one speech and these presenters, rendered, and what of it lies in the folders. */
async function rendered(owner: User, speechId: string, presenterIds: string[]) {
  const result = await createBatch(owner.id, { name: 'Batch', speechId, presenterIds })
  if (result.outcome !== 'created') throw new Error(result.outcome)
  const files = new Map<string, string[]>()
  for (const job of result.jobs) files.set(job.id, await renderedFiles(dataDir(), job))
  return { batch: result.batch, jobs: result.jobs, filesOf: (job: RenderJob) => files.get(job.id)! }
}

/** A speech and presenters of somebody, with their files. */
async function uploaded(owner: User, presenters: number) {
  const speech = await createAsset(owner.id, 'speech')
  const ids = [speech.id]
  for (let n = 0; n < presenters; n++) ids.push((await createAsset(owner.id, 'presenter')).id)
  const files = new Map<string, string[]>()
  for (const id of ids) files.set(id, await writeAssetFiles(dataDir(), id))
  return { speech: speech.id, presenters: ids.slice(1), filesOf: (id: string) => files.get(id)! }
}

it('a job in the trash keeps its files; deleted for good, it takes its result and a presenter that nothing else uses', async () => {
  const owner = await createUser()
  const assets = await uploaded(owner, 2)
  const [p, q] = assets.presenters
  const { jobs, filesOf } = await rendered(owner, assets.speech, [p, q, q])
  const all = filesIn(dataDir())

  for (const job of jobs.slice(0, 2)) expect(await trashJob(job.id, owner)).toBe('deleted')
  expect(await cleaned()).toEqual(all)
  expect(await deleteNow(jobs[0].id, owner)).toBe('deleted')
  expect(await deleteNow(jobs[0].id, owner)).toBe('not_found')
  await emptyOwnTrash(owner.id)
  // The second presenter is still in the third job.
  const gone = [...filesOf(jobs[0]), ...filesOf(jobs[1]), ...assets.filesOf(p)]
  expect(await cleaned()).toEqual(all.filter((file) => !gone.includes(file)))
  expect(await db().renderJob.count()).toBe(1)
  expect(await db().jobEvent.count({ where: { jobId: { not: jobs[2].id } } })).toBe(0)
})

it('a batch goes with all that only it uses, and with its last job', async () => {
  const owner = await createUser()
  const assets = await uploaded(owner, 2)
  const [p, q] = assets.presenters
  const first = await rendered(owner, assets.speech, [p, q])
  const second = await rendered(owner, assets.speech, [q])

  expect(await trashBatch(first.batch.id, owner)).toBe('deleted')
  expect(await findBatch(first.batch.id, owner)).toBeNull()
  expect(await deleteNow(first.batch.id, owner)).toBe('deleted')
  const kept = [...assets.filesOf(assets.speech), ...assets.filesOf(q), ...second.filesOf(second.jobs[0])]
  expect(await cleaned()).toEqual(kept.sort())

  expect(await trashJob(second.jobs[0].id, owner)).toBe('deleted')
  await emptyOwnTrash(owner.id)
  expect(await cleaned()).toEqual([])
  expect([await db().batch.count(), await db().asset.count(), await db().removal.count()]).toEqual([0, 0, 0])
})

it('analyses stay while anybody has the same content', async () => {
  const [owner, other] = [await createUser(), await createUser()]
  const mine = await createAsset(owner.id, 'presenter')
  const theirs = await createAsset(other.id, 'presenter')
  await db().asset.update({ where: { id: theirs.id }, data: { sha256: mine.sha256 } })
  const files = await writeAssetFiles(dataDir(), mine.id)
  const [analysis] = files
  const kept = await writeAssetFiles(dataDir(), theirs.id)
  expect(await trashAsset(mine.id, owner.id)).toBe('deleted')
  await emptyOwnTrash(owner.id)
  expect(await cleaned()).toEqual(kept.sort())
  expect(kept).toContain(analysis)
  expect(await trashAsset(theirs.id, other.id)).toBe('deleted')
  await emptyOwnTrash(other.id)
  expect(await cleaned()).toEqual([])
})

it('brings a batch back with the jobs that went with it, and not with those that were deleted before', async () => {
  const owner = await createUser()
  const { speech, presenters } = await uploaded(owner, 1)
  const { batch, jobs } = await rendered(owner, speech, [presenters[0], presenters[0]])
  await trashJob(jobs[1].id, owner)
  await trashBatch(batch.id, owner)
  expect(await listTrash(owner.id)).toMatchObject([{ kind: 'batch', id: batch.id, videos: 2, bytes: 2000 }])
  expect(await restore(jobs[1].id, owner)).toBe('not_found')
  expect(await restore(batch.id, await createUser())).toBe('not_found')
  expect(await restore(batch.id, owner)).toBe('restored')
  expect((await findBatch(batch.id, owner))?.jobs.map(({ id }) => id)).toEqual([jobs[0].id])
  expect(await listTrash(owner.id)).toMatchObject([{ kind: 'job', id: jobs[1].id, batchName: 'Batch' }])
  expect(await restore(jobs[1].id, owner)).toBe('restored')
  expect(await findJob(jobs[1].id, owner)).not.toBeNull()
  expect(await restore(jobs[1].id, owner)).toBe('not_found')
})

it('cancels what waits or runs of a batch; it goes for good only once that has stopped', async () => {
  const owner = await createUser()
  const [first, second] = await queueJobs(owner, 2)
  const claim = (await claimNext(owner.id))!
  expect(await trashBatch(first.batchId, owner)).toBe('deleted')
  expect((await reload(second.id)).state).toBe('cancelled')
  expect(await deleteNow(first.batchId, owner)).toBe('still_running')
  await emptyOwnTrash(owner.id)
  expect(await db().renderJob.findMany()).toMatchObject([{ id: first.id, state: 'running' }])
  await confirmCancelled(claim)
  expect(await deleteNow(first.batchId, owner)).toBe('deleted')
  expect([await db().batch.count(), await db().asset.count()]).toEqual([0, 0])
})

it('what was deleted stays for its time; that of others stays at any time', async () => {
  const [owner, other] = [await createUser(), await createUser()]
  const [job] = await queueJobs(owner, 1)
  const [theirs] = await queueJobs(other, 1)
  for (const [who, id] of [
    [owner, job.id],
    [other, theirs.id],
  ] as const)
    await trashJob(id, who)
  const { deletedAt } = await reload(job.id)
  expect(await emptyTrash({ before: new Date(deletedAt!.getTime() - 1) })).toEqual([])
  await emptyOwnTrash(owner.id)
  expect((await db().renderJob.findMany()).map(({ id }) => id)).toEqual([theirs.id])
})

it('a file in use is not deleted; one that only the trash uses comes back with what uses it', async () => {
  const owner = await createUser()
  const { speech, presenters } = await uploaded(owner, 1)
  const { batch, jobs } = await rendered(owner, speech, presenters)
  expect(await trashAsset(presenters[0], owner.id)).toBe('in_use')
  expect(await trashAsset(speech, owner.id)).toBe('in_use')
  await trashBatch(batch.id, owner)
  for (const id of [speech, presenters[0]]) expect(await trashAsset(id, owner.id)).toBe('deleted')
  expect(await findAsset(speech, owner.id)).toBeNull()
  expect(
    await createBatch(owner.id, { name: 'B', speechId: speech, presenterIds: presenters }),
  ).toMatchObject({
    outcome: 'speech_not_found',
  })
  expect(await restore(batch.id, owner)).toBe('restored')
  expect((await listAssets(owner.id, 'speech')).assets).toHaveLength(1)
  expect(await findAsset(jobs[0].presenterId, owner.id)).not.toBeNull()
})

it('a file that was sent again for a new batch outlives the one that it was in', async () => {
  const owner = await createUser()
  const { speech, presenters } = await uploaded(owner, 1)
  const { batch } = await rendered(owner, speech, presenters)
  const { sha256 } = await db().asset.findUniqueOrThrow({ where: { id: speech } })
  expect(await reuseAsset(owner.id, 'speech', sha256)).toBe(speech)
  await trashBatch(batch.id, owner)
  await emptyOwnTrash(owner.id)
  expect((await db().asset.findMany()).map(({ id }) => id)).toEqual([speech])
})

it('a batch that takes a file at the moment when it goes gets it, or is told that it is gone', async () => {
  const owner = await createUser()
  const outcomes = new Set<string>()
  for (let round = 0; round < 12; round++) {
    const { speech, presenters } = await uploaded(owner, 1)
    const { batch } = await rendered(owner, speech, presenters)
    await trashBatch(batch.id, owner)
    const [, sent] = await Promise.all([
      emptyOwnTrash(owner.id),
      createBatch(owner.id, { name: 'Late', speechId: speech, presenterIds: presenters }),
    ])
    outcomes.add(sent.outcome)
    const left = await db().asset.count({ where: { id: { in: [speech, ...presenters] } } })
    expect(left).toBe(sent.outcome === 'created' ? 2 : 0)
    if (sent.outcome === 'created') await cancelJob(sent.jobs[0].id, owner)
  }
  for (const outcome of outcomes) expect(['created', 'speech_not_found']).toContain(outcome)
})

it('restoring and deleting for good at once: it is back, or gone', async () => {
  const owner = await createUser()
  for (let round = 0; round < 12; round++) {
    const { speech, presenters } = await uploaded(owner, 2)
    const { batch, jobs } = await rendered(owner, speech, presenters)
    await trashBatch(batch.id, owner)
    const [restored] = await Promise.all([restore(batch.id, owner), emptyOwnTrash(owner.id)])
    const left = [
      await db().batch.count({ where: { id: batch.id, deletedAt: null } }),
      await db().renderJob.count({ where: { id: { in: jobs.map(({ id }) => id) }, deletedAt: null } }),
      await db().asset.count({ where: { id: { in: [speech, ...presenters] } } }),
    ]
    expect(left).toEqual(restored === 'restored' ? [1, 2, 3] : [0, 0, 0])
  }
})

it('what operators do with others’ things is in the audit; what people do with theirs is not', async () => {
  const [owner, operator] = [await createUser(), await createUser('operator')]
  const { speech, presenters } = await uploaded(owner, 1)
  const { batch, jobs } = await rendered(owner, speech, presenters)
  await trashJob(jobs[0].id, owner)
  await restore(jobs[0].id, owner)
  await trashJob(jobs[0].id, operator)
  await restore(jobs[0].id, operator)
  await trashBatch(batch.id, operator)
  await deleteNow(batch.id, operator)
  const entries = await db().auditEntry.findMany({ orderBy: { id: 'asc' } })
  expect(entries.map(({ actorId, action }) => [actorId, action])).toEqual(
    ['job.remove', 'job.restore', 'batch.remove', 'batch.purge'].map((action) => [operator.id, action]),
  )
})

it('a job that failed and was restored can be sent again', async () => {
  const owner = await createUser()
  const [job] = await queueJobs(owner, 1)
  await trashJob(job.id, owner)
  expect(await resubmitJob(job.id, owner)).toBe('not_found')
  await restore(job.id, owner)
  expect(await resubmitJob(job.id, owner)).toBe('queued')
})
