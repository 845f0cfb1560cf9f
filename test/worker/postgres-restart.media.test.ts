import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { prepareDatabase } from '#bin/postgres/prepare'
import { startThrowAwayPostgres, type ThrowAwayPostgres } from '#bin/postgres/throw-away'
import { identify } from '#bin/process/process-table'
import { closeDb, db } from '#core/db'
import { probeMedia } from '#core/media/probe'
import { closeBoss } from '#core/queue/boss'
import type { RenderJob, User } from '#prisma/client'
import { createUser } from '#test/setup/factories'
import { type Gate, makeGate } from '#test/setup/gate'
import { logOf } from '#test/setup/observe'
import { emptyPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import {
  filesIn,
  readJob,
  startWorker,
  submitBatch,
  timings,
  until,
  untilAtWork,
  untilEnded,
  untilMaintained,
  type WorkerProcess,
  workerLog,
} from '#test/setup/worker'
import { program } from '#tools/soak/processes'
import type { Timings } from '#worker/timings'

let postgres: ThrowAwayPostgres
let gate: Gate
let owner: User
const workers: WorkerProcess[] = []

beforeAll(async () => {
  postgres = await startThrowAwayPostgres({ killable: true })
  Object.assign(process.env, { DATABASE_URL: postgres.url, DATA_DIR: join(postgres.folder, 'data') })
  await prepareDatabase({ owner: postgres.url, portal: postgres.url })
  gate = await makeGate(postgres.folder)
})

beforeEach(async () => {
  gate.close()
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

/** A slot whose renders wait at the gate. */
function start(change: Partial<Timings> = {}, machine = 'here'): void {
  workers.push(startWorker({ ...gate.env, ...timings(change), MACHINE_NAME: machine }))
}

async function submit(): Promise<RenderJob> {
  const [job] = await submitBatch(owner.id, gate.speech, [gate.video])
  await db().renderJob.updateMany({ data: { engine: 'command' } })
  await db().$executeRaw`UPDATE pgboss.job SET group_id = 'command' WHERE state < 'active'`
  return job
}

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
    start()
    await untilAtWork(job.id)
    await stop()
    await postgres.restart()
    gate.open()
    await untilEnded([job.id])
    await expectOneTurn(job)
  })

  test('after a render has ended without it: the result is kept and delivered', async () => {
    const job = await submit()
    start()
    await untilAtWork(job.id)
    const log = workerLog()
    await abortPostgres()
    gate.open()
    await until(() => log().includes('the database did not take a write'))
    await postgres.restart()
    await untilEnded([job.id])
    await expectOneTurn(job)
  })

  test('after so long that all workers seem silent: nobody takes the other’s job', async () => {
    const change = { slotBeatMs: 500, jobBeatMs: 500, maintenanceMs: 500, afterOutageMs: 60_000 }
    const job = await submit()
    start(change)
    await untilAtWork(job.id)
    start(change, 'there')
    await workers[1].ready()
    await abortPostgres()
    // The one that renders is the last to find Postgres again, an hour later.
    workers[0].child.kill('SIGSTOP')
    await postgres.restart()
    const heartbeatAt = new Date(Date.now() - 3_600_000)
    await db().renderJob.updateMany({ data: { heartbeatAt } })
    await db().worker.updateMany({ where: { pid: workers[0].child.pid }, data: { heartbeatAt } })
    await untilMaintained()
    expect(await readJob(job.id)).toMatchObject({ state: 'running', losses: 0 })
    workers[0].child.kill('SIGCONT')
    gate.open()
    await untilEnded([job.id])
    await expectOneTurn(job)
  })

  test('while a slot starts: it waits, and then works', async () => {
    const job = await submit()
    const log = workerLog()
    await abortPostgres()
    gate.open()
    let said = ''
    const env = { ...process.env, ...gate.env, DEVICES: 'cpu' }
    const supervisor = program(['worker/main.ts'], env, (text) => (said += text))
    try {
      supervisor.start()
      await until(() => log().includes('waiting for the database'))
      await postgres.restart()
      await untilEnded([job.id])
      expect(said).not.toContain('stopped')
      await expectOneTurn(job)
    } finally {
      await supervisor.stop(12_000)
    }
  })
})
