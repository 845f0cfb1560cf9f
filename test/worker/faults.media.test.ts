import { rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeDb, db } from '#core/db'
import { newId } from '#core/ids'
import { createLog } from '#core/log'
import { closeBoss } from '#core/queue/boss'
import { claimNext } from '#core/render-job/lifecycle'
import type { RenderJob, User } from '#prisma/client'
import { createTestDatabase, runOnServer, type TestDatabase } from '#test/setup/database'
import { createUser, createWorker } from '#test/setup/factories'
import { type Gate, makeGate } from '#test/setup/gate'
import { expectNothingLeft } from '#test/setup/leftovers'
import { logOf } from '#test/setup/observe'
import { emptyPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import {
  NEVER_MS,
  readJob,
  sample,
  startWorker,
  submitBatch,
  timings,
  until,
  untilAtWork,
  untilEnded,
  type WorkerProcess,
  workerLog,
} from '#test/setup/worker'
import { program } from '#tools/soak/processes'
import type { EngineSet } from '#worker/engines/engine-set'
import type { EngineReport } from '#worker/engines/registry'
import { startPresence } from '#worker/presence'

const ELENA = sample('presenter_elena_1280x720.mp4')

let database: TestDatabase
let gate: Gate
let owner: User
const workers: WorkerProcess[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  gate = await makeGate(database.dataDir)
})

beforeEach(async () => {
  gate.close()
  await emptyPortal()
  rmSync(join(database.dataDir, 'storage/results'), { recursive: true, force: true })
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

/** A slot whose renders wait at the gate. */
function start(env: Record<string, string> = {}): WorkerProcess {
  const worker = startWorker({ ...gate.env, ...env })
  workers.push(worker)
  return worker
}

/** Settings for renders in which the video of a given width ends the process that renders it. */
function poisonedBy(width: number): Record<string, string> {
  const [program, ...args] = JSON.parse(gate.env.COMMAND_ENGINE) as string[]
  const script = join(database.dataDir, 'render.sh')
  writeFileSync(
    script,
    `#!/bin/sh
[ "$(ffprobe -v error -select_streams v -show_entries stream=width -of csv=p=0 "$1")" = ${width} ] && kill -KILL "$PPID"
shift
exec "$@"
`,
    { mode: 0o755 },
  )
  return { ...gate.env, COMMAND_ENGINE: JSON.stringify([script, '{video}', program, ...args]) }
}

async function submit(...videos: string[]): Promise<RenderJob[]> {
  const jobs = await submitBatch(owner.id, gate.speech, videos)
  await db().renderJob.updateMany({ data: { engine: 'command' } })
  await db().$executeRaw`UPDATE pgboss.job SET group_id = 'command' WHERE state < 'active'`
  return jobs
}

const dropConnections = () =>
  runOnServer(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${new URL(database.url).pathname.slice(1)}'`,
  )

/** A way to Postgres that can stop to forward without closing: what a cut cable or a dropped NAT entry looks like. */
async function proxy(): Promise<{ url: string; hang: () => void; mend: () => void; close: () => void }> {
  const to = new URL(database.url)
  const pairs: Socket[] = []
  let cut = false
  const server: Server = createServer((inner) => {
    if (cut) return void pairs.push(inner.on('error', () => {}).pause())
    const outer = connect(Number(to.port), to.hostname)
    inner.pipe(outer).pipe(inner)
    for (const socket of [inner, outer]) {
      socket.on('error', () => {})
      pairs.push(socket)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(database.url)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as { port: number }).port)
  return {
    url: url.href,
    hang: () => {
      cut = true
      for (const socket of pairs) {
        socket.unpipe()
        socket.pause()
      }
    },
    // Connections that come later are forwarded; those from before lead nowhere for ever.
    mend: () => {
      cut = false
    },
    close: () => {
      for (const socket of pairs) socket.destroy()
      server.close()
    },
  }
}

describe('faults', { timeout: 180_000 }, () => {
  test('a render goes on while all connections to Postgres break', async () => {
    const [job] = await submit(gate.video)
    start()
    await untilAtWork(job.id)
    await Promise.all([closeBoss(), closeDb()])
    await dropConnections()
    gate.open()
    await untilEnded([job.id])
    expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 })
    await expectSoundQueue()
  })

  test('a half-open connection: another slot takes the job, the far one lets go of it, and both go on', async () => {
    const way = await proxy()
    const [job] = await submit(gate.video)
    const far = start({
      ...{ DATABASE_URL: way.url, MACHINE_NAME: 'far' },
      ...timings({ slotBeatMs: 500, jobBeatMs: 500, answerWithinMs: 1000 }),
    })
    await untilAtWork(job.id)
    const quick = timings({ silentMs: 3000, maintenanceMs: 500, afterOutageMs: 1 })
    const near = start({ MACHINE_NAME: 'near', ...quick })
    await near.ready()
    const log = workerLog()
    way.hang()
    await until(async () => (await readJob(job.id)).losses === 1)
    way.mend()
    await until(() => log().includes('"outcome":"abandoned"'))
    gate.open()
    await untilEnded([job.id])
    expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 1 })
    expect((await logOf(job.id)).filter((kind) => kind === 'succeeded')).toHaveLength(1)
    // What is killed while it cleans up leaves that to the next start on its device, and there is none.
    await expectNothingLeft()
    await near.stop('SIGKILL')
    const [next] = await submit(gate.video)
    await untilEnded([next.id])
    expect((await readJob(next.id)).state).toBe('succeeded')
    await far.stop('SIGTERM')
    way.close()
    await expectNothingLeft()
    await expectSoundQueue()
  })

  test('what a slot asks on a half-open connection fails, and succeeds when it asks again', async () => {
    const way = await proxy()
    await closeDb()
    process.env.DATABASE_URL = way.url
    const log = createLog('worker', database.dataDir)
    const engines = { reports: () => [] as EngineReport[] } as EngineSet
    const quick = { slotBeatMs: 100, answerWithinMs: 500 }
    const presence = startPresence({ workerId: newId(), engines, timings: quick, log, onStop: () => {} })
    try {
      await Promise.all(Array.from({ length: 4 }, () => db().user.count()))
      way.hang()
      way.mend()
      await expect(db().user.count()).rejects.toThrow()
      await expect
        .poll(
          () =>
            db()
              .user.count()
              .catch(() => 0),
          { timeout: 20_000 },
        )
        .toBe(1)
    } finally {
      presence.close()
      await closeDb()
      process.env.DATABASE_URL = database.url
      way.close()
    }
  })

  test('storage that takes no writes fails the job in words, and the next one succeeds when it does again', async () => {
    const [first, second] = await submit(gate.video, gate.video)
    const results = join(database.dataDir, 'storage/results')
    rmSync(results, { recursive: true, force: true })
    // Root may write to any folder, but nobody into a file.
    writeFileSync(results, '')
    start()
    await untilAtWork(first.id)
    gate.open()
    await until(async () => (await readJob(first.id)).state === 'failed')
    expect((await readJob(first.id)).errorMessage).toBeTruthy()
    rmSync(results)
    await untilEnded([second.id])
    await expectNothingLeft()
    await expectSoundQueue()
  })

  test('a job that kills its worker each time fails after three, and the others go on', async () => {
    gate.open()
    const [poison, other] = await submit(ELENA, gate.video)
    const supervisor = program(['worker/main.ts'], { ...process.env, ...poisonedBy(1280) }, () => {})
    try {
      supervisor.start()
      await untilEnded([poison.id, other.id])
    } finally {
      await supervisor.stop(12_000)
    }
    expect(await readJob(poison.id)).toMatchObject({ state: 'failed', errorCode: 'worker_lost', losses: 3 })
    expect(await readJob(other.id)).toMatchObject({ state: 'succeeded', losses: 0 })
    await expectSoundQueue()
  })

  test('the job of a machine that vanished is rendered by another', async () => {
    gate.open()
    const [job] = await submit(gate.video)
    const gone = await createWorker('cpu', ['command'])
    expect((await claimNext(gone.id))?.jobId).toBe(job.id)
    const log = workerLog()
    start(timings({ silentMs: 2000, maintenanceMs: 500, afterOutageMs: 1 }))
    await untilEnded([job.id])
    expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', losses: 1 })
    expect(log()).toContain('jobs of a silent worker are back in line')
  })

  test('back to work after a restart on the same machine, however short the silence was', async () => {
    const [job] = await submit(gate.video)
    const first = start()
    await untilAtWork(job.id)
    await first.stop('SIGKILL')
    start(timings({ silentMs: NEVER_MS }))
    await until(async () => {
      const now = await readJob(job.id)
      return now.losses === 1 && now.state === 'running'
    })
  })
})
