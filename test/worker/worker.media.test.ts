import { existsSync } from 'node:fs'
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeDb, db } from '#core/db'
import { probeMedia } from '#core/media/probe'
import { closeBoss } from '#core/queue/boss'
import { setPaused } from '#core/queue/control'
import { cancelJob } from '#core/render-job/actions/cancel'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { learningReportOf } from '#core/render-job/learning-report'
import type { User } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { expectNothingLeft } from '#test/setup/leftovers'
import { emptyPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import { makeSmallMedia, type SmallMedia } from '#test/setup/small-media'
import {
  awkward,
  NEVER_MS,
  readJob,
  sample,
  startWorker,
  submitBatch,
  timings,
  until,
  untilEnded,
  untilLooked,
  untilRendering,
  type WorkerProcess,
} from '#test/setup/worker'

const ELENA = sample('presenter_elena_1280x720.mp4')

let media: SmallMedia
let database: TestDatabase
let owner: User
const workers: WorkerProcess[] = []

function start(env?: Record<string, string>): WorkerProcess {
  const worker = startWorker(env)
  workers.push(worker)
  return worker
}

beforeAll(async () => {
  database = await createTestDatabase()
  media = await makeSmallMedia(database.dataDir)
})

beforeEach(async () => {
  await emptyPortal()
  await rm(join(database.dataDir, 'storage/results'), { recursive: true, force: true })
  owner = await createUser()
})

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop('SIGKILL')
})

afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

describe('the worker process', { timeout: 180_000 }, () => {
  test('renders a batch in order, each result as long as the speech', async () => {
    const jobs = await submitBatch(owner.id, media.speech, [media.silent, media.talking])
    const worker = start()
    await untilEnded(jobs.map((job) => job.id))
    await worker.stop('SIGTERM')

    const [first, second] = await Promise.all(jobs.map((job) => readJob(job.id)))
    expect([first.state, second.state]).toEqual(['succeeded', 'succeeded'])
    expect(first.finishedAt!.getTime()).toBeLessThanOrEqual(second.startedAt!.getTime())
    const speech = await probeMedia(media.speech)
    for (const job of [first, second]) {
      const result = await probeMedia(join(database.dataDir, 'storage', job.resultKey!))
      expect(Math.abs(result.video!.durationSeconds - speech.durationSeconds)).toBeLessThanOrEqual(
        1 / 25 + 0.001,
      )
      expect(result.video!.frames).toBe(job.resultFrames)
      expect(result.audio).not.toBeNull()
    }
    const learnt = await Promise.all(
      jobs.map(({ id }) => db().jobEvent.findFirstOrThrow({ where: { jobId: id, kind: 'succeeded' } })),
    )
    expect(learnt.map(({ data }) => learningReportOf(data))).toEqual([
      null,
      expect.objectContaining({ used: true }),
    ])
    await expectNothingLeft()
    await expectSoundQueue()
  })

  test('keeps the cache in its limits, least recently used first', async () => {
    const file = join(database.dataDir, 'cache/speech/0000-v1.mp4')
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, 'of a speech that nobody remembers')
    const used = new Date(Date.now() - 7200_000)
    await utimes(file, used, used)
    start({ CACHE_MAX_BYTES: '1', ...timings({ maintenanceMs: 200 }) })
    await until(() => !existsSync(file))
  })

  test('goes on after a poisoned video between two good ones', async () => {
    const jobs = await submitBatch(owner.id, media.brief, [
      media.silent,
      awkward('truncated_middle.mp4'),
      media.silent,
    ])
    start()
    await untilEnded(jobs.map((job) => job.id))
    const ended = await Promise.all(jobs.map((job) => readJob(job.id)))
    expect(ended.map((job) => job.state)).toEqual(['succeeded', 'failed', 'succeeded'])
    expect(ended[1]).toMatchObject({ errorCode: 'media_unreadable', attempt: 1 })
    expect(ended[1].errorMessage).toMatch(/video/i)
    await expectNothingLeft()
    await expectSoundQueue()
  })

  test('renders as the options say, and a resubmitted job as they said at first', async () => {
    const options = { quality: 'preview', fps: 30 } as const
    const [job] = await submitBatch(owner.id, media.brief, [ELENA], options)
    expect(await cancelJob(job.id, owner)).toBe('cancelled')
    expect(await resubmitJob(job.id, owner)).toBe('queued')
    start()
    await untilEnded([job.id])
    const made = { resultWidth: 854, resultHeight: 480, resultFps: 30 }
    expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', ...made })
    await expectNothingLeft()
    await expectSoundQueue()
  })

  test('stops a cancelled render at once and takes the next', async () => {
    const [first, second] = await submitBatch(owner.id, media.speech, [media.talking, media.silent])
    // The slot hears of it by a notification, and not when the job next says that it is alive.
    start(timings({ jobBeatMs: NEVER_MS }))
    await untilRendering(first.id)
    expect(await cancelJob(first.id, owner)).toBe('cancelling')
    await until(async () => (await readJob(first.id)).state === 'cancelled')
    await untilEnded([second.id])
    expect((await readJob(second.id)).state).toBe('succeeded')
    await expectNothingLeft()
    await expectSoundQueue()
  })

  test('returns its job on SIGTERM: same ticket, attempt not spent', async () => {
    const [job] = await submitBatch(owner.id, media.speech, [media.talking])
    const worker = start()
    await untilRendering(job.id)
    expect(await worker.stop('SIGTERM')).toBe(0)
    expect(await readJob(job.id)).toMatchObject({
      state: 'queued',
      ticket: job.ticket,
      attempt: 0,
      losses: 0,
    })
    await expectNothingLeft()
    await expectSoundQueue()
    start()
    await untilEnded([job.id])
    expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  })

  test('loses nothing to SIGKILL in the middle of a render', async () => {
    const [job, next] = await submitBatch(owner.id, media.speech, [media.talking, media.silent])
    const worker = start()
    await untilRendering(job.id)
    await worker.stop('SIGKILL')
    expect((await readJob(job.id)).state).toBe('running')
    start()
    await until(async () => (await readJob(job.id)).losses === 1)
    await untilEnded([job.id, next.id])
    const [first, second] = await Promise.all([readJob(job.id), readJob(next.id)])
    expect([first.state, second.state]).toEqual(['succeeded', 'succeeded'])
    expect(first.finishedAt!.getTime()).toBeLessThanOrEqual(second.startedAt!.getTime())
    await expectNothingLeft()
    await expectSoundQueue()
  })

  test('a second worker on the same device waits, says so, and takes over when the first dies', async () => {
    const first = start()
    await first.ready()
    const second = start()
    await until(
      async () => (await db().worker.count({ where: { state: 'waiting', pid: second.child.pid } })) === 1,
    )
    expect(second.output()).not.toContain('worker ready')
    const [job] = await submitBatch(owner.id, media.speech, [media.talking])
    await untilRendering(job.id)
    await first.stop('SIGKILL')
    await second.ready()
    await untilEnded([job.id])
    expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', losses: 1 })
  })

  test('starts nothing while the queue is paused, and at once when it is resumed', async () => {
    await setPaused(true, owner.id)
    // It hears of the end of the pause by a notification, and not when it next looks by itself.
    const worker = start(timings({ pollMs: NEVER_MS }))
    await worker.ready()
    const [job] = await submitBatch(owner.id, media.brief, [media.silent])
    await untilLooked(worker.child.pid!)
    expect((await readJob(job.id)).state).toBe('queued')
    await setPaused(false, owner.id)
    await untilEnded([job.id])
    expect((await readJob(job.id)).state).toBe('succeeded')
  })
})
