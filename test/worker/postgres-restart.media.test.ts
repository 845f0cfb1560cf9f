import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { applyMigrations } from '#bin/postgres/migrate'
import { startThrowAwayPostgres, type ThrowAwayPostgres } from '#bin/postgres/throw-away'
import { identify } from '#bin/process/process-table'
import { closeDb, db } from '#core/db'
import { ffmpegPath } from '#core/media/binaries'
import { probeMedia } from '#core/media/probe'
import { runProcess } from '#core/media/process'
import { boss, closeBoss } from '#core/queue/boss'
import type { RenderJob, User } from '#prisma/client'
import { createUser } from '#test/setup/factories'
import { logOf } from '#test/setup/observe'
import { emptyPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import {
  awkward,
  filesIn,
  readJob,
  startWorker,
  submitBatch,
  until,
  untilEnded,
  type WorkerProcess,
} from '#test/setup/worker'
import { program } from '#tools/soak/processes'

const SPEECH = awkward('audio_8khz_mono.wav')
const VIDEO = awkward('video_without_audio.mp4')

let postgres: ThrowAwayPostgres
let made: string
let owner: User
const workers: WorkerProcess[] = []

beforeAll(async () => {
  postgres = await startThrowAwayPostgres({ killable: true })
  Object.assign(process.env, { DATABASE_URL: postgres.url, DATA_DIR: join(postgres.folder, 'data') })
  await applyMigrations(postgres.url)
  await boss()
  made = join(postgres.folder, 'made.mp4')
  const args = ['-v', 'error', '-stream_loop', '-1', '-i', VIDEO, '-t', '5', '-c:v', 'mpeg4', made]
  await runProcess(ffmpegPath(), args)
})

beforeEach(async () => {
  await emptyPortal()
  owner = await createUser()
})

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop('SIGKILL')
})

afterAll(async () => {
  await closeBoss()
  await closeDb()
  await postgres.remove()
})

/** Settings for renders of so many seconds that hand the presenter's own picture back. */
function rendering(seconds: number): Record<string, string> {
  const script = [process.execPath, join(import.meta.dirname, '../setup/slow-program.ts')]
  const command = [...script, made, String(seconds), '{output}']
  return { ENGINE: 'command', COMMAND_ENGINE: JSON.stringify(command) }
}

function start(seconds: number, machine = 'here'): void {
  workers.push(startWorker({ ...rendering(seconds), MACHINE_NAME: machine }))
}

async function submit(): Promise<RenderJob> {
  const [job] = await submitBatch(owner.id, SPEECH, [VIDEO])
  await db().renderJob.updateMany({ data: { engine: 'command' } })
  await db().$executeRaw`UPDATE pgboss.job SET group_id = 'command' WHERE state < 'active'`
  return job
}

const untilRenders = (id: string) => until(async () => (await readJob(id)).stage === 'render', 30_000)

/** As `pg_ctl stop -m immediate`: the server aborts, and recovers at its next start. */
async function abortPostgres(): Promise<void> {
  const [pid] = readFileSync(join(postgres.cluster, 'postmaster.pid'), 'utf8').split('\n')
  process.kill(Number(pid), 'SIGQUIT')
  await until(() => !identify(Number(pid)))
}

/** The one turn of the job went on: nobody took it again, and what it wrote is there once. */
async function expectOneTurn({ id }: RenderJob): Promise<void> {
  const ended = await readJob(id)
  expect(ended).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 })
  const log = await logOf(id)
  expect(log.filter((kind) => kind === 'claimed')).toHaveLength(1)
  expect(log.filter((kind) => kind === 'succeeded')).toHaveLength(1)
  expect(log.at(-1)).toBe('succeeded')
  const results = filesIn('storage/results').filter((file) => file.endsWith('.mp4'))
  expect(results.map((file) => `results/${file}`)).toContain(ended.resultKey)
  expect(results.filter((file) => file.startsWith(id))).toHaveLength(1)
  const file = join(process.env.DATA_DIR!, 'storage', ended.resultKey!)
  expect((await probeMedia(file)).video?.frames).toBe(ended.resultFrames)
  await expectSoundQueue()
}

describe('Postgres restarts', { timeout: 120_000 }, () => {
  test.each([
    ['aborts and recovers', abortPostgres],
    ['is stopped in good order and started', () => postgres.stop()],
  ])('in the middle of a render, when it %s: the render goes on and ends once', async (_, stop) => {
    const job = await submit()
    start(4)
    await untilRenders(job.id)
    await stop()
    await postgres.restart()
    await untilEnded([job.id])
    await expectOneTurn(job)
  })

  test('after a render has ended without it: the result is kept and delivered', async () => {
    const job = await submit()
    start(1)
    await untilRenders(job.id)
    await abortPostgres()
    await sleep(4000)
    await postgres.restart()
    const backAt = performance.now()
    await untilEnded([job.id])
    expect((performance.now() - backAt) / 1000).toBeLessThan(5)
    await expectOneTurn(job)
  })

  test('after so long that all workers seem silent: nobody takes the other’s job', async () => {
    const job = await submit()
    start(42)
    await untilRenders(job.id)
    start(1, 'there')
    await workers[1].ready()
    await abortPostgres()
    await sleep(25_000)
    // The one that renders is the last to find Postgres again.
    workers[0].child.kill('SIGSTOP')
    await postgres.restart()
    await sleep(8000)
    workers[0].child.kill('SIGCONT')
    await untilEnded([job.id])
    await expectOneTurn(job)
  })

  test('while a slot starts: it waits, and works within 5 s', async () => {
    const job = await submit()
    await abortPostgres()
    let said = ''
    const env = { ...process.env, ...rendering(0), DEVICES: 'cpu' }
    const supervisor = program(['worker/main.ts'], env, (text) => (said += text))
    try {
      supervisor.start()
      await sleep(4000)
      await postgres.restart()
      const backAt = performance.now()
      await until(async () => (await readJob(job.id)).state !== 'queued')
      const seconds = (performance.now() - backAt) / 1000
      console.log(`back to work ${seconds.toFixed(1)} s after Postgres came back`)
      expect(seconds).toBeLessThan(5)
      expect(said).not.toContain('stopped')
      await untilEnded([job.id])
      await expectOneTurn(job)
    } finally {
      await supervisor.stop(12_000)
    }
  })
})
