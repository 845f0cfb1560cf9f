import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { identify } from '#bin/process/process-table'
import { createBatch } from '#core/batch/mutations'
import { closeDb, db } from '#core/db'
import type { EngineName } from '#core/engine/options'
import { closeBoss } from '#core/queue/boss'
import type { Band } from '#core/queue/ordering'
import { drainWorker } from '#core/worker/drain'
import { setPreemption } from '#core/worker/preemption'
import { listSlots } from '#core/worker/slots'
import type { User } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { type Gate, makeGate } from '#test/setup/gate'
import { logOf } from '#test/setup/observe'
import { emptyPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import {
  importAsset,
  NEVER_MS,
  readJob,
  sample,
  timings,
  until,
  untilAtWork,
  untilEnded,
  untilLooked,
} from '#test/setup/worker'
import type { Timings } from '#worker/timings'

const ROOT = join(import.meta.dirname, '../..')

let database: TestDatabase
let admin: User
let gate: Gate
const workers: ChildProcess[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  gate = await makeGate(database.dataDir)
})

beforeEach(async () => {
  gate.close()
  await emptyPortal()
  admin = await createUser('admin')
})

afterEach(async () => {
  for (const worker of workers.splice(0)) await end(worker, 'SIGTERM')
})

afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

/** Starts the real worker with a slot a device, whose renders with the command engine wait at the gate. */
function startMachine(devices: string, change: Partial<Timings> = {}): ChildProcess {
  const { COMMAND_ENGINE } = gate.env
  const worker = spawn(process.execPath, [join(ROOT, 'worker/main.ts')], {
    env: { ...process.env, DEVICES: devices, COMMAND_ENGINE, ...timings(change) },
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
  { band = 'normal' as Band, engine = 'command' as EngineName, speech = gate.speech } = {},
) {
  const speechId = await importAsset(admin.id, 'speech', speech)
  const presenterId = await importAsset(admin.id, 'presenter', gate.video)
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

/** The slot that renders a job. */
async function slotOf(jobId: string) {
  const { workerId } = await readJob(jobId)
  return db().worker.findUniqueOrThrow({ where: { id: workerId! } })
}

describe('a machine with two slots', { timeout: 90_000 }, () => {
  test('a slot that is killed loses its job’s turn and nothing else, and its next process takes the job again', async () => {
    // Nobody takes the job for its slot's silence: the process that comes after it knows.
    startMachine('cpu,cuda:0', { silentMs: NEVER_MS })
    const [first, second] = await send(2)
    await untilAtWork(first)
    await untilAtWork(second)
    const [killed, other] = [await slotOf(first), await readJob(second)]
    process.kill(killed.pid, 'SIGKILL')
    await until(async () => (await readJob(first)).losses === 1)
    gate.open()
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
    const machine = startMachine('cpu,cuda:0')
    const jobs = await send(2)
    for (const id of jobs) await untilAtWork(id)
    const pids = [(await slotOf(jobs[0])).pid, (await slotOf(jobs[1])).pid]
    await end(machine, 'SIGKILL')
    await until(() => !pids.some(identify))
    for (const id of jobs) expect(await readJob(id)).toMatchObject({ state: 'queued', attempt: 0, losses: 0 })
    await expectSoundQueue()
  })

  test('drained, a slot ends its job and takes no more; stopped, it lets go of it; undrained, it goes on', async () => {
    // What is asked of a slot reaches it by a notification, not when it next looks by itself.
    startMachine('cpu', { slotBeatMs: NEVER_MS, pollMs: NEVER_MS })
    const [first, second, third] = await send(3)
    await untilAtWork(first)
    const slot = await slotOf(first)
    await drainWorker(slot.id, 'drain', admin.id)
    gate.open()
    await untilEnded([first])
    expect((await readJob(first)).state).toBe('succeeded')
    gate.close()
    await untilLooked(slot.pid)
    expect((await readJob(second)).state).toBe('queued')

    await drainWorker(slot.id, 'undrain', admin.id)
    await untilAtWork(second)
    await drainWorker(slot.id, 'stop', admin.id)
    await until(async () => (await readJob(second)).state === 'queued')
    expect(await readJob(second)).toMatchObject({ attempt: 0, losses: 0 })
    expect((await readJob(third)).state).toBe('queued')

    // Whatever process stands behind the slot, it stays drained.
    process.kill(slot.pid, 'SIGKILL')
    const successor = async () =>
      (await listSlots()).find((each) => each.pid !== slot.pid && each.state === 'ready')
    await until(async () => (await successor()) !== undefined)
    const now = (await successor())!
    await untilLooked(now.pid)
    expect((await readJob(second)).state).toBe('queued')
    expect(now.drainingAt).not.toBeNull()
    gate.open()
    await drainWorker(now.id, 'undrain', admin.id)
    await untilEnded([second, third])
    await expectSoundQueue()
  })

  test('an urgent job takes the slot at the end of a segment; the other goes on where it was', async () => {
    await setPreemption(true, admin.id)
    gate.open()
    startMachine('cpu')
    const [long] = await send(1, { engine: 'mouth', speech: sample('speech_en_long.mp3') })
    await untilAtWork(long)
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
