import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { closeDb, db } from '#core/db'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { newId } from '#core/ids'
import { closeBoss } from '#core/queue/boss'
import { cancelJob } from '#core/render-job/actions/cancel'
import { claimNext } from '#core/render-job/lifecycle'
import { diskStorage } from '#core/storage/disk'
import { type DataLayout, prepareDataDir } from '#core/storage/layout'
import type { User } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { readJob, sample, submitBatch } from '#test/setup/worker'
import { JobAborted } from '#worker/abort'
import { checkpointDirOf, sweepCheckpoints } from '#worker/checkpoints'
import type { Engine, RenderContext, RenderInput } from '#worker/engine-contract/engine'
import { type ExecuteContext, execute } from '#worker/execute'
import { TIMINGS } from '#worker/timings'

const KOFI = sample('presenter_kofi_720x1280_talking.mp4')
const log = pino({ level: 'silent' })
vi.setConfig({ testTimeout: 90_000 })

let database: TestDatabase
let owner: User
let layout: DataLayout

beforeAll(async () => {
  database = await createTestDatabase()
  owner = await createUser()
  layout = await prepareDataDir(database.dataDir)
})

afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

/** An engine of 149 frames that keeps 100 of them at its first run, and says so at its second. */
function twoPartEngine(render?: (input: RenderInput, context: RenderContext) => Promise<void>): Engine {
  return {
    name: 'mouth',
    version: '0',
    async load() {},
    async close() {},
    async render(input, context) {
      const kept = join(input.checkpointDir!, 'kept')
      await mkdir(input.checkpointDir!, { recursive: true })
      if (await readFile(kept).catch(() => null)) await context.onResumed?.(100)
      else await writeFile(kept, 'frames 0 to 99')
      await context.atCheckpoint?.()
      context.signal.throwIfAborted()
      await render?.(input, context)
      await copyFile(KOFI, input.outputPath)
      return { frames: 149, fps: 25, width: 720, height: 1280, durationSeconds: 5.96 }
    },
  }
}

/** Claims the head of the line and renders it. */
async function executeNext(engine: Engine, change: Partial<ExecuteContext> = {}) {
  const job = (await claimNext(newId()))!
  const controller = new AbortController()
  await execute(job, {
    ...{
      workerId: newId(),
      device: 'cpu',
      options: DEFAULT_OPTIONS,
      layout,
      log,
      controller,
      stallMs: 60_000,
      timings: TIMINGS,
    },
    storage: diskStorage(layout.storage),
    loadEngine: async () => engine,
    atCheckpoint: async () => {},
    ...change,
  })
  return readJob(job.id)
}

const checkpoints = () => readdir(layout.checkpoints)
const speech = sample('speech_en_short.mp3')

test('a job that makes room at a checkpoint keeps its segments, its place and its attempt, and goes on there', async () => {
  const [job] = await submitBatch(owner.id, speech, [KOFI])
  const controller = new AbortController()
  const atCheckpoint = async () => controller.abort(new JobAborted('preempted'))
  const released = await executeNext(twoPartEngine(), { controller, atCheckpoint })
  expect(released).toMatchObject({ id: job.id, state: 'queued', attempt: 0, ticket: job.ticket })
  await sweepCheckpoints(layout)
  expect(await checkpoints()).toEqual([job.id])

  expect(await executeNext(twoPartEngine())).toMatchObject({ id: job.id, state: 'succeeded', attempt: 1 })
  const [resumed] = await db().jobEvent.findMany({ where: { jobId: job.id, kind: 'resumed' } })
  expect(resumed.data).toEqual({ frame: 100 })
  expect(await checkpoints()).toEqual([])
})

test('a waiting job that is cancelled leaves no checkpoint once the house is kept', async () => {
  const [job] = await submitBatch(owner.id, speech, [KOFI])
  const controller = new AbortController()
  const atCheckpoint = async () => controller.abort(new JobAborted('shutdown'))
  await executeNext(twoPartEngine(), { controller, atCheckpoint })
  expect((await stat(checkpointDirOf(layout, job.id))).isDirectory()).toBe(true)
  expect(await cancelJob(job.id, owner)).toBe('cancelled')
  await sweepCheckpoints(layout)
  expect(await checkpoints()).toEqual([])
})

test('a render that only repeats its progress is stopped as stalled, and the next job runs', async () => {
  await submitBatch(owner.id, speech, [KOFI, sample('presenter_elena_1280x720.mp4')])
  const hangs = twoPartEngine((_, { signal, onProgress }) => {
    const tell = () =>
      onProgress({ stage: 'render', fraction: 0.4, framesDone: 60, frames: 149, fps: Math.random() })
    const timer = setInterval(tell, 20)
    return new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => {
        clearInterval(timer)
        reject(signal.reason)
      }),
    )
  })
  expect(await executeNext(hangs, { stallMs: 400 })).toMatchObject({ state: 'failed', errorCode: 'stalled' })
  expect(await checkpoints()).toEqual([])
  expect(await executeNext(twoPartEngine())).toMatchObject({ state: 'succeeded' })
})

test('a render that moves slowly is left alone', async () => {
  await submitBatch(owner.id, speech, [KOFI])
  const slow = twoPartEngine(async (_, { signal, onProgress }) => {
    for (let n = 1; n <= 20; n++) {
      onProgress({ stage: 'render', fraction: 0.5, framesDone: n, frames: 149, fps: null })
      await new Promise((resolve) => setTimeout(resolve, 200))
      signal.throwIfAborted()
    }
  })
  expect(await executeNext(slow, { stallMs: 3500 })).toMatchObject({ state: 'succeeded' })
})

test('an engine that watches over itself may report the same for long', async () => {
  await submitBatch(owner.id, speech, [KOFI])
  const patient = twoPartEngine(async (_, { signal, onProgress }) => {
    for (let n = 1; n <= 20; n++) {
      onProgress({ stage: 'render', fraction: 0.2, framesDone: 0, frames: null, fps: null })
      await new Promise((resolve) => setTimeout(resolve, 200))
      signal.throwIfAborted()
    }
  })
  const engine = { ...patient, watchesItself: true }
  expect(await executeNext(engine, { stallMs: 3500 })).toMatchObject({ state: 'succeeded' })
})
