import { copyFile, readdir } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { basename, join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { closeDb } from '#core/db'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { newId } from '#core/ids'
import { closeBoss } from '#core/queue/boss'
import { claimNext, recoverLost } from '#core/render-job/lifecycle'
import { resultKeys } from '#core/render-job/result-keys'
import { diskStorage } from '#core/storage/disk'
import { type DataLayout, prepareDataDir } from '#core/storage/layout'
import type { User } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { readJob, sample, submitBatch } from '#test/setup/worker'
import type { Engine } from '#worker/engine-contract/engine'
import { execute } from '#worker/execute'
import { TIMINGS } from '#worker/timings'

const KOFI = sample('presenter_kofi_720x1280_talking.mp4')
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

/** An engine whose result is the presenter's own video; `last` is what happens right before it is done. */
const engineWith = (last: () => Promise<unknown>): Engine => ({
  name: 'mouth',
  version: '0',
  async load() {},
  async close() {},
  async render({ outputPath }) {
    await copyFile(KOFI, outputPath)
    await last()
    return { frames: 149, fps: 25, width: 720, height: 1280, durationSeconds: 5.96 }
  },
})

/** Claims the head of the line and renders it. */
async function executeNext(last: () => Promise<unknown>) {
  const job = (await claimNext(newId()))!
  await execute(job, {
    ...{ workerId: newId(), device: 'cpu', options: DEFAULT_OPTIONS, layout },
    ...{
      log: pino({ level: 'silent' }),
      controller: new AbortController(),
      stallMs: 60_000,
      timings: TIMINGS,
    },
    storage: diskStorage(layout.storage),
    loadEngine: async () => engineWith(last),
    atCheckpoint: async () => {},
  })
  return job
}

/** The files of a result, by the key of its video. */
const filesOf = (key: string) => [basename(key).replace('.mp4', '.jpg'), basename(key)]

const resultsOf = async (jobId: string) => (await readdir(join(layout.storage, 'results', jobId))).sort()

test('a render that lost its claim takes its own files away, and those of the one that has it stay', async () => {
  const [job] = await submitBatch(owner.id, sample('speech_en_short.mp3'), [KOFI])
  const lost = await executeNext(async () => {
    const { workerId } = await readJob(job.id)
    expect(await recoverLost({ workerIds: [workerId!] })).toHaveLength(1)
    await executeNext(async () => {})
  })
  const { state, resultKey } = await readJob(job.id)
  expect(state).toBe('succeeded')
  expect(resultKey).not.toBe(resultKeys(lost).video)
  expect(await resultsOf(job.id)).toEqual(filesOf(resultKey!))
})

/** A way to Postgres that, once asked, lets one commit through and breaks before its answer comes back. */
async function losingOneAnswer() {
  const to = new URL(database.url)
  const sockets: Socket[] = []
  let armed = false
  let lost = 0
  const server = createServer((inner) => {
    const outer = connect(Number(to.port), to.hostname)
    let silent = false
    inner.on('data', (data) => {
      if (armed && data.includes('COMMIT')) {
        armed = false
        silent = true
        lost++
      }
      outer.write(data)
    })
    outer.on('data', (data) => (silent ? inner.destroy() : inner.write(data)))
    for (const socket of [inner, outer]) {
      socket.on('error', () => {})
      socket.on('close', () => (socket === inner ? outer : inner).destroy())
      sockets.push(socket)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(database.url)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as { port: number }).port)
  return {
    url: url.href,
    loseNext: async () => {
      armed = true
    },
    lost: () => lost,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

test('a success whose answer is lost on the way stays a success, with its files', async () => {
  const [job] = await submitBatch(owner.id, sample('speech_en_short.mp3'), [KOFI])
  const way = await losingOneAnswer()
  await closeDb()
  process.env.DATABASE_URL = way.url
  try {
    const claimed = await executeNext(way.loseNext)
    expect(way.lost()).toBe(1)
    const { state, resultKey, attempt } = await readJob(job.id)
    expect([state, attempt, resultKey]).toEqual(['succeeded', 1, resultKeys(claimed).video])
    expect(await resultsOf(job.id)).toEqual(filesOf(resultKey!))
  } finally {
    await closeDb()
    process.env.DATABASE_URL = database.url
    way.close()
  }
})
