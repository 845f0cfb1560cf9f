import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDb, db } from '#core/db'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { JobAborted } from '#worker/abort'
import { withDatabase } from '#worker/database-wait'
import { persist } from '#worker/persist'
import { slotDevices } from '#worker/settings'
import { TIMINGS, workerTimings } from '#worker/timings'
import { WakeSignal } from '#worker/wake-signal'

let database: TestDatabase
const env = (variables: Record<string, string>) => variables as NodeJS.ProcessEnv
const log = pino({ level: 'silent' })

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(async () => {
  await closeDb()
  await database.drop()
})

/** A step that fails so many times. */
function failing(times: number) {
  let calls = 0
  const step = async () => {
    if (++calls <= times) throw new Error(`failure ${calls}`)
    return calls
  }
  return { step, calls: () => calls }
}

test('a step of the start is tried five times while the database answers, and is then at fault itself', async () => {
  const { signal } = new AbortController()
  expect(await withDatabase(failing(4).step, { log, signal })).toBe(5)
  const hopeless = failing(9)
  await expect(withDatabase(hopeless.step, { log, signal })).rejects.toThrow('failure 5')
  expect(hopeless.calls()).toBe(5)
})

test('a step is not even tried while the database does not answer, and the wait ends when it is told to', async () => {
  await closeDb()
  process.env.DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none'
  const stop = new AbortController()
  const { step, calls } = failing(0)
  const waiting = expect(withDatabase(step, { log, signal: stop.signal })).rejects.toThrow('enough')
  await expect(db().$queryRaw`SELECT 1`).rejects.toThrow()
  stop.abort(new Error('enough'))
  await waiting
  expect(calls()).toBe(0)
  await closeDb()
  process.env.DATABASE_URL = database.url
})

test('a write is repeated until the database takes it', async () => {
  expect(await persist(failing(2).step, new AbortController().signal, log)).toBe(3)
})

test('once the worker is told to stop a write is given up after a while', async () => {
  const stop = new AbortController()
  stop.abort(new JobAborted('shutdown'))
  await expect(persist(failing(1000).step, stop.signal, log)).rejects.toThrow('failure')
})

test('a call while nobody waits is kept for the next wait, once', async () => {
  const signal = new WakeSignal()
  signal.wake()
  signal.wake()
  await signal.wait(3_600_000)
  let woken = false
  const waiting = signal.wait(3_600_000).then(() => (woken = true))
  await new Promise(setImmediate)
  expect(woken).toBe(false)
  signal.wake()
  await waiting
  await signal.wait(1)
})

test('the slots of a machine are those of DEVICES, each once, or the one DEVICE, or the CPU', () => {
  expect(slotDevices(env({ DEVICES: 'cuda:1, cpu,cuda:1,', DEVICE: 'coreml' }))).toEqual(['cuda:1', 'cpu'])
  expect(slotDevices(env({ DEVICES: '', DEVICE: 'coreml' }))).toEqual(['coreml'])
  expect(slotDevices(env({}))).toEqual(['cpu'])
  expect(() => slotDevices(env({ DEVICES: 'cpu,toaster' }))).toThrow(/DEVICES/)
})

test('timings are the defaults but for what WORKER_TIMINGS names, and nothing else can be named', () => {
  expect(workerTimings(env({}))).toEqual(TIMINGS)
  expect(workerTimings(env({ WORKER_TIMINGS: '{"pollMs":1}' }))).toEqual({ ...TIMINGS, pollMs: 1 })
  for (const wrong of ['{"pollM":1}', '{"pollMs":0}', '{"pollMs":"1"}', 'nonsense'])
    expect(() => workerTimings(env({ WORKER_TIMINGS: wrong }))).toThrow()
})

test('the timings keep what the house promises', () => {
  const { slotBeatMs, answerWithinMs, jobBeatMs, silentMs, maintenanceMs, afterOutageMs } = TIMINGS
  // The job of a machine that vanished is back in line within 30 s.
  expect(silentMs + maintenanceMs).toBeLessThanOrEqual(25_000)
  // A connection that leads nowhere is given up before its slot counts as silent.
  expect(slotBeatMs + answerWithinMs).toBeLessThanOrEqual(silentMs)
  // Two beats may be lost before anybody counts as silent, and all slots beat before anything is taken after an outage.
  expect(3 * Math.max(slotBeatMs, jobBeatMs)).toBeLessThan(silentMs)
  expect(2 * Math.max(slotBeatMs, jobBeatMs)).toBeLessThan(afterOutageMs)
  // A slot leaves by itself before its supervisor ends it.
  expect(TIMINGS.stopGraceMs).toBeLessThan(TIMINGS.slotGraceMs)
})
