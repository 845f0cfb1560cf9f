import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createBatch } from '#core/batch/mutations'
import { closeDb, db } from '#core/db'
import type { EngineName } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import { runProcess } from '#core/media/process'
import { closeBoss } from '#core/queue/boss'
import type { Band } from '#core/queue/ordering'
import { drainWorker } from '#core/worker/drain'
import { setPreemption } from '#core/worker/preemption'
import { listSlots } from '#core/worker/slots'
import type { User } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { logOf } from '#test/setup/observe'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import { awkward, importAsset, readJob, sample, until, untilEnded } from '#test/setup/worker'

const ROOT = join(import.meta.dirname, '../..')
const SPEECH = awkward('audio_8khz_mono.wav')
const VIDEO = awkward('video_without_audio.mp4')

let database: TestDatabase
let admin: User
let made: string
const workers: ChildProcess[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  admin = await createUser('admin')
  made = join(database.dataDir, 'made.mp4')
  const args = ['-v', 'error', '-stream_loop', '-1', '-i', VIDEO, '-t', '5', '-c:v', 'mpeg4', made]
  await runProcess(ffmpegPath(), args)
})

afterEach(async () => {
  for (const worker of workers.splice(0)) await end(worker, 'SIGTERM')
  await db().worker.deleteMany()
  await db().renderJob.deleteMany()
  await db().$executeRaw`DELETE FROM pgboss.job`
})

afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

/** Starts the real worker with a slot a device, which render for `seconds` with a program. */
function startMachine(devices: string, seconds: number): ChildProcess {
  const program = [
    process.execPath,
    join(ROOT, 'test/setup/slow-program.ts'),
    made,
    String(seconds),
    '{output}',
  ]
  const worker = spawn(process.execPath, [join(ROOT, 'worker/main.ts')], {
    env: { ...process.env, DEVICES: devices, COMMAND_ENGINE: JSON.stringify(program) },
    stdio: 'ignore',
  })
  workers.push(worker)
  return worker
}

async function end(worker: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (worker.exitCode === null && worker.signalCode === null) {
    const exit = once(worker, 'exit')
    worker.kill(signal)
    await exit
  }
  return worker.exitCode
}

async function send(
  videos: number,
  { band = 'normal' as Band, engine = 'command' as EngineName, speech = SPEECH } = {},
) {
  const speechId = await importAsset(admin.id, 'speech', speech)
  const presenterId = await importAsset(admin.id, 'presenter', VIDEO)
  const presenterIds = Array.from({ length: videos }, () => presenterId)
  const made = await createBatch(admin.id, {
    name: 'Batch',
    speechId,
    presenterIds,
    band,
    options: { engine },
  })
  if (made.outcome !== 'created') throw new Error(made.outcome)
  return made.jobs.map((job) => job.id)
}

const untilRunning = (id: string) =>
  until(async () => {
    const { state, stage } = await readJob(id)
    return state === 'running' && stage === 'render'
  }, 30_000)

/** The slot that renders a job. */
async function slotOf(jobId: string) {
  const { workerId } = await readJob(jobId)
  return db().worker.findUniqueOrThrow({ where: { id: workerId! } })
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a machine with two slots', { timeout: 90_000 }, () => {
  test('a slot that is killed loses its job’s turn and nothing else, and is back within seconds', async () => {
    startMachine('cpu,cuda:0', 6)
    const [first, second] = await send(2)
    await untilRunning(first)
    await untilRunning(second)
    const [killed, other] = [await slotOf(first), await readJob(second)]
    process.kill(killed.pid, 'SIGKILL')
    // Seconds where the machine has time for it; by its silence alone it would take more than twenty.
    await until(async () => (await readJob(first)).losses === 1, 18_000)
    await untilEnded([first, second])

    expect(await readJob(second)).toMatchObject({ state: 'succeeded', losses: 0, startedAt: other.startedAt })
    expect(await readJob(first)).toMatchObject({ state: 'succeeded', losses: 1, attempt: 1 })
    const slots = await listSlots()
    expect(slots.map((slot) => slot.device)).toEqual(['cpu', 'cuda:0'])
    expect(slots.map((slot) => slot.pid)).not.toContain(killed.pid)
    const ready = (device: string) =>
      slots
        .find((slot) => slot.device === device)!
        .readiness.flatMap(({ name, ready }) => (ready ? name : []))
    expect([ready('cpu'), ready('cuda:0')]).toEqual([['mouth', 'command'], ['command']])
    const mouth = slots[1].readiness.find(({ name }) => name === 'mouth')!
    expect(mouth).toMatchObject({ ready: false, code: 'device_unsupported' })
    expect(Number(slots[0].rssBytes)).toBeGreaterThan(20_000_000)
    await expectSoundQueue()
  })

  test('without its supervisor a slot puts its job back and leaves', async () => {
    const machine = startMachine('cpu,cuda:0', 60)
    const jobs = await send(2)
    for (const id of jobs) await untilRunning(id)
    const pids = [(await slotOf(jobs[0])).pid, (await slotOf(jobs[1])).pid]
    await end(machine, 'SIGKILL')
    await until(() => !pids.some(lives), 8000)
    for (const id of jobs) expect(await readJob(id)).toMatchObject({ state: 'queued', attempt: 0, losses: 0 })
    await expectSoundQueue()
  })

  test('drained, a slot ends its job and takes no more; stopped, it lets go of it; undrained, it goes on', async () => {
    startMachine('cpu', 2)
    const [first, second, third] = await send(3)
    await untilRunning(first)
    const slot = await slotOf(first)
    await drainWorker(slot.id, 'drain', admin.id)
    await untilEnded([first])
    expect((await readJob(first)).state).toBe('succeeded')
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect((await readJob(second)).state).toBe('queued')

    await drainWorker(slot.id, 'undrain', admin.id)
    await untilRunning(second)
    await drainWorker(slot.id, 'stop', admin.id)
    const askedAt = Date.now()
    await until(async () => (await readJob(second)).state === 'queued', 5000)
    expect(Date.now() - askedAt).toBeLessThan(6000)
    expect(await readJob(second)).toMatchObject({ attempt: 0, losses: 0 })
    expect((await readJob(third)).state).toBe('queued')

    // Whatever process stands behind the slot, it stays drained.
    process.kill(slot.pid, 'SIGKILL')
    await until(
      async () => (await listSlots()).some((each) => each.pid !== slot.pid && each.state === 'ready'),
      15_000,
    )
    expect((await readJob(second)).state).toBe('queued')
    const [now] = await listSlots()
    expect(now.drainingAt).not.toBeNull()
    await drainWorker(now.id, 'undrain', admin.id)
    await untilEnded([second, third])
    await expectSoundQueue()
  })

  test('an urgent job takes the slot at the end of a segment; the other goes on where it was', async () => {
    await setPreemption(true, admin.id)
    startMachine('cpu', 1)
    const [long] = await send(1, { engine: 'mouth', speech: sample('speech_en_long.mp3') })
    await untilRunning(long)
    const [urgent] = await send(1, { band: 'urgent' })
    await untilEnded([urgent, long])
    const [first, second] = [await readJob(urgent), await readJob(long)]
    expect([first.state, second.state]).toEqual(['succeeded', 'succeeded'])
    expect(first.finishedAt!.getTime()).toBeLessThan(second.finishedAt!.getTime())
    expect(second).toMatchObject({ attempt: 1, losses: 0 })
    const log = await logOf(long)
    expect(log.filter((kind) => kind === 'released')).toHaveLength(1)
    expect(log.filter((kind) => kind === 'claimed')).toHaveLength(2)
  })
})
