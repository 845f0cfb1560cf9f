import { expect, it } from 'vitest'
import { db } from '#core/db'
import { listRunning, readQueueSummary } from '#core/overview/data'
import { setPaused } from '#core/queue/control'
import { cancelJob } from '#core/render-job/actions/cancel'
import { claimNext, reportProgress } from '#core/render-job/lifecycle'
import { listWorkers } from '#core/worker/data'
import { WORKER_SILENT_MS } from '#core/worker/liveness'
import { createUser, createWorker, queueJobs } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

it("shows a member what runs, but not whose job another member's is", async () => {
  const [owner, stranger, admin] = [
    await createUser('member', 'Olga'),
    await createUser(),
    await createUser('admin'),
  ]
  const [job] = await queueJobs(owner, 2)
  const worker = await createWorker('cuda:1')
  const claim = (await claimNext(worker.id))!
  const progress = { device: 'cuda:1', stage: 'render', fraction: 0.25, framesDone: 25, frames: 100, fps: 30 }
  await reportProgress(claim, progress)
  await cancelJob(job.id, owner)

  const shared = {
    ...{ device: 'cuda:1', stage: 'render', fraction: 0.25, fps: 30 },
    batch: { state: 'running', total: 2, succeeded: 0, ended: 0 },
  }
  const whose = { ownerName: 'Olga', job: { id: job.id, batchId: job.batchId, cancelling: true } }
  expect(await listRunning(owner)).toMatchObject([{ ...shared, ...whose, mine: true }])
  expect(await listRunning(admin)).toMatchObject([{ ...shared, ...whose, mine: false }])
  const [seen] = await listRunning(stranger)
  expect(seen).toMatchObject({ ...shared, mine: false, ownerName: null, job: null })
  expect(JSON.stringify(seen)).not.toContain(job.id)
})

it('tells how deep and old the line is, and who paused it', async () => {
  const admin = await createUser('admin', 'Ada')
  expect(await readQueueSummary()).toEqual({
    ...{ waiting: 0, running: 0, oldestQueuedAt: null, pausedAt: null, pausedByName: null, workers: [] },
    ...{ policy: 'fifo', preemption: false },
  })
  const [, second] = await queueJobs(admin, 3)
  await claimNext((await createWorker()).id)
  const [younger] = await queueJobs(admin, 1)
  await db().renderJob.update({
    where: { id: younger.id },
    data: { queuedAt: new Date(second.queuedAt.getTime() + 60_000) },
  })
  await setPaused(true, admin.id)
  expect(await readQueueSummary()).toMatchObject({
    ...{ waiting: 3, running: 1, oldestQueuedAt: second.queuedAt, pausedByName: 'Ada' },
    workers: [{ device: 'cuda:0', alive: true }],
  })
})

it('calls a worker gone when it has been silent, and forgets what stopped or is long gone', async () => {
  const [alive, silent, stopped, longGone] = [
    ...[await createWorker('cuda:0'), await createWorker('cuda:1')],
    ...[await createWorker('cuda:2'), await createWorker('cuda:3')],
  ]
  const heard = (id: string, agoMs: number) =>
    db().worker.update({ where: { id }, data: { heartbeatAt: new Date(Date.now() - agoMs) } })
  await heard(silent.id, WORKER_SILENT_MS + 1000)
  await heard(longGone.id, 25 * 3_600_000)
  await db().worker.update({ where: { id: stopped.id }, data: { state: 'stopped' } })
  expect((await listWorkers()).map((worker) => [worker.id, worker.alive])).toEqual([
    [alive.id, true],
    [silent.id, false],
  ])
})
