import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { resultKeys } from '#core/render-job/result-keys'
import { diskStorage } from '#core/storage/disk'
import { prepareDataDir } from '#core/storage/layout'
import { trashBatch } from '#core/trash/mutations'
import { claimedJob, createUser, createWorker, queueJobs, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'
import { filesIn, write, writeAssetFiles } from '#test/setup/stored-files'
import { type MaintenanceParts, recoverPredecessors, startMaintenance } from '#worker/maintenance'

const { database } = setUpPortal()

let stop = () => {}
afterEach(() => stop())

async function makeParts(
  workerId: string,
  steadySince = Number.NEGATIVE_INFINITY,
): Promise<MaintenanceParts> {
  const layout = await prepareDataDir(database().dataDir)
  const row = await db().worker.findUniqueOrThrow({ where: { id: workerId } })
  return {
    identity: { ...row, version: '1' },
    ...{ layout, storage: diskStorage(layout.storage), log: pino({ level: 'silent' }) },
    presence: { beat: async () => {}, close: () => {}, steadySince },
    timings: { maintenanceMs: 20, afterOutageMs: 60_000, silentMs: 20_000 },
    cacheLimits: { maxBytes: 1, maxAgeMs: 1 },
  }
}

function maintain(parts: MaintenanceParts): void {
  stop = startMaintenance(parts).close
}

/** Waits until a whole round has passed: it sweeps away what no job owns. */
async function untilMaintained({ layout }: MaintenanceParts): Promise<void> {
  const folder = join(layout.checkpoints, newId())
  for (let round = 0; round < 2; round++) {
    mkdirSync(folder)
    await expect.poll(() => existsSync(folder)).toBe(false)
  }
}

async function silence(jobId: string): Promise<void> {
  await db().renderJob.update({ where: { id: jobId }, data: { heartbeatAt: new Date(Date.now() - 21_000) } })
}

test('the job of a slot that fell silent goes back to the line; one that was just heard of runs on', async () => {
  const { job } = await claimedJob()
  const parts = await makeParts((await createWorker('cpu')).id)
  maintain(parts)
  await untilMaintained(parts)
  expect((await reload(job.id)).state).toBe('running')
  await silence(job.id)
  await expect.poll(async () => (await reload(job.id)).losses).toBe(1)
  expect((await reload(job.id)).state).toBe('queued')
})

test('nobody’s job is taken for silence while the database has not been there for long enough', async () => {
  const { job } = await claimedJob()
  await silence(job.id)
  const parts = await makeParts((await createWorker('cpu')).id, performance.now())
  maintain(parts)
  await untilMaintained(parts)
  expect(await reload(job.id)).toMatchObject({ state: 'running', losses: 0 })
})

test('nor does a slot take its own job', async () => {
  const { job, worker } = await claimedJob()
  await silence(job.id)
  const parts = await makeParts(worker.id)
  maintain(parts)
  await untilMaintained(parts)
  expect(await reload(job.id)).toMatchObject({ state: 'running', losses: 0 })
})

test('a round that takes long is over before the next one begins', async () => {
  const parts = await makeParts((await createWorker('cpu')).id)
  let rounds = 0
  const presence = {
    ...parts.presence,
    get steadySince() {
      rounds++
      return Number.NEGATIVE_INFINITY
    },
  }
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  maintain({ ...parts, presence })
  vi.advanceTimersByTime(60)
  expect(rounds).toBe(1)
  await expect.poll(() => vi.advanceTimersByTime(20) && rounds).toBe(2)
  stop()
  vi.useRealTimers()
})

test('the checkpoint of a job that waits or runs stays; what is old in the cache goes', async () => {
  const { job } = await claimedJob()
  const parts = await makeParts((await createWorker('cpu')).id)
  const cached = join(parts.layout.cache, 'a-v1.faces')
  const old = new Date(Date.now() - 7_200_000)
  writeFileSync(cached, 'old')
  utimesSync(cached, old, old)
  mkdirSync(join(parts.layout.checkpoints, job.id))
  maintain(parts)
  await expect.poll(() => existsSync(cached)).toBe(false)
  await untilMaintained(parts)
  expect(existsSync(join(parts.layout.checkpoints, job.id))).toBe(true)
})

test('who gets a device puts back the jobs of whoever had it, and removes what those left', async () => {
  const { job, claim, worker } = await claimedJob()
  // A pending cancel is honoured, so that job ends, and its half-stored result goes.
  await db().renderJob.update({ where: { id: job.id }, data: { cancelRequestedAt: new Date() } })
  const other = await createWorker('cuda:1')
  const parts = await makeParts((await createWorker('cuda:0')).id)
  const { video } = resultKeys({ jobId: job.id, claimToken: claim.claimToken })
  const local = join(parts.layout.scratch, 'local')
  writeFileSync(local, 'half')
  await parts.storage.put(local, video)
  for (const { id } of [worker, other, parts.identity]) mkdirSync(join(parts.layout.scratch, id))
  await recoverPredecessors(parts)
  expect((await reload(job.id)).state).toBe('cancelled')
  expect(await parts.storage.exists(video)).toBe(false)
  const left = [worker, other, parts.identity].filter(({ id }) => existsSync(join(parts.layout.scratch, id)))
  expect(left.map(({ id }) => id)).toEqual([other.id, parts.identity.id])
})

test('what is in the trash for long goes with its files, checkpoint and analyses; what is not stays', async () => {
  const owner = await createUser()
  const { dataDir } = database()
  const [old] = await queueJobs(owner, 1)
  const [young] = await queueJobs(owner, 1)
  for (const { id, batchId, presenterId } of [old, young]) {
    await trashBatch(batchId, owner)
    await writeAssetFiles(dataDir, presenterId)
    write(dataDir, `storage/results/${id}/left-by-a-lost-claim.mp4`)
    write(dataDir, `storage/checkpoints/${id}/segment.mp4`)
  }
  const kept = filesIn(dataDir).filter((file) => /assets|results/.test(file) && !file.includes(old.id))
  const eightDays = new Date(Date.now() - 8 * 24 * 3_600_000)
  await db().batch.update({ where: { id: old.batchId }, data: { deletedAt: eightDays } })
  await db().renderJob.update({ where: { id: old.id }, data: { deletedAt: eightDays } })
  maintain(await makeParts((await createWorker('cpu')).id))
  await expect.poll(() => db().renderJob.count()).toBe(1)
  await expect
    .poll(() => filesIn(dataDir).filter((file) => /assets|results/.test(file)))
    .toEqual(kept.filter((file) => !file.includes(old.presenterId)))
  const { sha256 } = await db().asset.findUniqueOrThrow({ where: { id: young.presenterId } })
  await expect.poll(() => filesIn(join(dataDir, 'cache'))).toEqual([`faces/${sha256}-v1.faces`])
  await expect.poll(() => filesIn(join(dataDir, 'storage/checkpoints'))).toEqual([])
  expect(await db().removal.count()).toBe(0)
})
