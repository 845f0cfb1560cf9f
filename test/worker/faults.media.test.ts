import { rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { databaseNow } from '#core/clock'
import { closeDb, db } from '#core/db'
import { newId } from '#core/ids'
import { createLog } from '#core/log'
import { closeBoss } from '#core/queue/boss'
import { claimNext } from '#core/render-job/lifecycle'
import type { RenderJob, User } from '#prisma/client'
import { createTestDatabase, runOnServer, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { emptyPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import {
  filesIn,
  readJob,
  sample,
  startWorker,
  submitBatch,
  until,
  untilEnded,
  type WorkerProcess,
} from '#test/setup/worker'
import { program } from '#tools/soak/processes'
import type { EngineSet } from '#worker/engines/engine-set'
import type { EngineReport } from '#worker/engines/registry'
import { startPresence } from '#worker/presence'
import { TIMINGS } from '#worker/timings'

const SPEECH = sample('speech_en_short.mp3')
const ELENA = sample('presenter_elena_1280x720.mp4')
const KOFI = sample('presenter_kofi_720x1280_talking.mp4')

let database: TestDatabase
let owner: User
const workers: WorkerProcess[] = []

beforeAll(async () => {
  database = await createTestDatabase()
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
  await database.drop()
})

/** A slot that renders with a program of ours. */
function start(env: Record<string, string> = {}, seconds = 3): WorkerProcess {
  const worker = startWorker({ ...renderingWith(seconds), ...env })
  workers.push(worker)
  return worker
}

/**
 * Settings for renders that take a while and hand the presenter's own picture back, cut to the speech. Where there
 * is poison, a video of 1280 pixels ends the process that renders it.
 */
function renderingWith(seconds: number): Record<string, string> {
  const script = join(database.dataDir, 'render.sh')
  writeFileSync(
    script,
    `#!/bin/sh
[ -e '${database.dataDir}/poison' ] && [ "$(ffprobe -v error -select_streams v -show_entries stream=width -of csv=p=0 "$1")" = 1280 ] && kill -KILL "$PPID"
sleep ${seconds}
ffmpeg -y -loglevel error -stream_loop -1 -i "$1" -i "$2" -map 0:v -c copy -t "$(ffprobe -v error -show_entries format=duration -of csv=p=0 "$2")" "$3"
`,
    { mode: 0o755 },
  )
  const command = JSON.stringify([script, '{video}', '{audio}', '{output}'])
  return { ENGINE: 'command', COMMAND_ENGINE: command }
}

async function submit(videos: string[]): Promise<RenderJob[]> {
  const jobs = await submitBatch(owner.id, SPEECH, videos)
  await db().renderJob.updateMany({ data: { engine: 'command' } })
  await db().$executeRaw`UPDATE pgboss.job SET group_id = 'command' WHERE state < 'active'`
  return jobs
}

const untilRuns = (id: string) => until(async () => (await readJob(id)).stage === 'render', 30_000)

const dropConnections = () =>
  runOnServer(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${new URL(database.url).pathname.slice(1)}'`,
  )

/** A way to Postgres that can stop to forward without closing: what a cut cable or a dropped NAT entry looks like. */
async function proxy(): Promise<{ url: string; hang: () => void; close: () => void }> {
  const to = new URL(database.url)
  const pairs: Socket[] = []
  const server: Server = createServer((inner) => {
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
    // Those that come later are forwarded.
    hang: () => {
      for (const socket of pairs) {
        socket.unpipe()
        socket.pause()
      }
    },
    close: () => {
      for (const socket of pairs) socket.destroy()
      server.close()
    },
  }
}

describe('faults', { timeout: 180_000 }, () => {
  test('a render goes on while all connections to Postgres break', async () => {
    const [job] = await submit([KOFI])
    start()
    await untilRuns(job.id)
    await Promise.all([closeBoss(), closeDb()])
    await dropConnections()
    await untilEnded([job.id])
    expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 })
    await expectSoundQueue()
  })

  test('a half-open connection: the job succeeds once, here or with the next slot, and both go on', async () => {
    const way = await proxy()
    const [job] = await submit([KOFI])
    start({ DATABASE_URL: way.url, MACHINE_NAME: 'far' })
    await untilRuns(job.id)
    way.hang()
    const near = start({ MACHINE_NAME: 'near' })
    await untilEnded([job.id])
    const ended = await readJob(job.id)
    expect(ended.state).toBe('succeeded')
    // The far one may still believe that it renders: its writes change nothing.
    await sleep(3000)
    expect((await readJob(job.id)).resultKey).toBe(ended.resultKey)
    expect(await db().jobEvent.count({ where: { jobId: job.id, kind: 'succeeded' } })).toBe(1)
    await near.stop('SIGKILL')
    const [next] = await submit([KOFI])
    await untilEnded([next.id])
    expect((await readJob(next.id)).state).toBe('succeeded')
    way.close()
    await expectSoundQueue()
  })

  test('what a slot asks on a half-open connection fails within 20 s, and succeeds when it asks again', async () => {
    const way = await proxy()
    await closeDb()
    process.env.DATABASE_URL = way.url
    const log = createLog('worker', database.dataDir)
    const engines = { reports: () => [] as EngineReport[] } as EngineSet
    const presence = startPresence({ workerId: newId(), engines, timings: TIMINGS, log, onStop: () => {} })
    try {
      await Promise.all(Array.from({ length: 4 }, () => db().user.count()))
      way.hang()
      const asked = performance.now()
      await expect(db().user.count()).rejects.toThrow()
      expect(performance.now() - asked).toBeLessThan(25_000)
      expect(await db().user.count()).toBe(1)
    } finally {
      presence.close()
      await closeDb()
      process.env.DATABASE_URL = database.url
      way.close()
    }
  })

  test('storage that takes no writes fails the job in words, and the next one succeeds when it does again', async () => {
    const [first, second] = await submit([KOFI, KOFI])
    const results = join(database.dataDir, 'storage/results')
    rmSync(results, { recursive: true, force: true })
    // Root may write to any folder, but nobody into a file.
    writeFileSync(results, '')
    start({}, 0)
    await until(async () => (await readJob(first.id)).state === 'failed', 60_000)
    expect((await readJob(first.id)).errorMessage).toBeTruthy()
    rmSync(results)
    await untilEnded([second.id])
    expect(filesIn('scratch')).toEqual([])
    await expectSoundQueue()
  })

  test('a job that kills its worker each time fails after three, and the others go on', async () => {
    const [poison, other] = await submit([ELENA, KOFI])
    writeFileSync(join(database.dataDir, 'poison'), '')
    const supervisor = program(['worker/main.ts'], { ...process.env, ...renderingWith(0) }, () => {})
    try {
      supervisor.start()
      await untilEnded([poison.id, other.id])
    } finally {
      await supervisor.stop(12_000)
      rmSync(join(database.dataDir, 'poison'))
    }
    expect(await readJob(poison.id)).toMatchObject({ state: 'failed', errorCode: 'worker_lost', losses: 3 })
    expect(await readJob(other.id)).toMatchObject({ state: 'succeeded', losses: 0 })
    await expectSoundQueue()
  })

  test('the job of a machine that vanished is rendered by another within 30 s', async () => {
    const [job] = await submit([KOFI])
    const gone = await db().worker.create({
      data: {
        id: newId(),
        host: 'gone',
        pid: 1,
        device: 'cpu',
        engine: 'command',
        engineVersion: '1',
        state: 'ready',
      },
    })
    expect((await claimNext(gone.id))?.jobId).toBe(job.id)
    const vanishedAt = (await databaseNow()).getTime()
    await start({}, 0).ready()
    await until(async () => (await readJob(job.id)).losses === 1, 45_000)
    const seconds = ((await databaseNow()).getTime() - vanishedAt) / 1000
    console.log(`back in line ${seconds.toFixed(1)} s after its machine vanished`)
    expect(seconds).toBeLessThan(30)
    await untilEnded([job.id])
    expect((await readJob(job.id)).state).toBe('succeeded')
  })

  test('back to work within seconds of a restart on the same machine', async () => {
    const [job] = await submit([KOFI])
    const first = start()
    await untilRuns(job.id)
    await first.stop('SIGKILL')
    const startedAt = performance.now()
    start()
    await until(async () => {
      const now = await readJob(job.id)
      return now.losses === 1 && now.state === 'running'
    }, 20_000)
    const seconds = (performance.now() - startedAt) / 1000
    console.log(`back to work ${seconds.toFixed(1)} s after the restart`)
    expect(seconds).toBeLessThan(10)
  })
})
