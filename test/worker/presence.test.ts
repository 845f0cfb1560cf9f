import pino from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import { withClient } from '#bin/postgres/with-client'
import { db } from '#core/db'
import { drainWorker } from '#core/worker/drain'
import { createUser, createWorker } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'
import type { EngineSet } from '#worker/engines/engine-set'
import { type Presence, startPresence } from '#worker/presence'

const { database } = setUpPortal()

let presence: Presence
let asked = 0

afterEach(() => presence.close())

/** A slot that says all the time that it is there. */
async function start(): Promise<string> {
  const { id } = await createWorker('cpu')
  asked = 0
  presence = startPresence({
    workerId: id,
    engines: { reports: () => [] as unknown } as EngineSet,
    timings: { slotBeatMs: 20, answerWithinMs: 5000 },
    log: pino({ level: 'silent' }),
    onStop: () => asked++,
  })
  return id
}

const heartbeatOf = async (id: string) =>
  (await db().worker.findUniqueOrThrow({ where: { id } })).heartbeatAt.getTime()

test('a slot says again and again that it is there', async () => {
  const id = await start()
  for (let beat = 0; beat < 3; beat++) {
    const before = await heartbeatOf(id)
    await expect.poll(() => heartbeatOf(id)).toBeGreaterThan(before)
  }
})

test('it hears with a beat that its job shall go back to the queue', async () => {
  const id = await start()
  await drainWorker(id, 'drain', (await createUser('admin')).id)
  await presence.beat()
  expect(asked).toBe(0)
  await drainWorker(id, 'stop', (await createUser('admin')).id)
  await expect.poll(() => asked).toBeGreaterThan(0)
})

test('once it has its answer nothing is left that would give connections up', async () => {
  await start()
  presence.close()
  await presence.beat()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await presence.beat()
  const timers = vi.getTimerCount()
  await presence.beat()
  expect(vi.getTimerCount()).toBe(timers)
  vi.useRealTimers()
})

test('after an outage the time since it was there without a break starts anew', async () => {
  await start()
  const { steadySince } = presence
  await presence.beat()
  expect(presence.steadySince).toBe(steadySince)
  await rename('Worker', 'Away')
  await expect.poll(() => presence.steadySince).toBeGreaterThan(steadySince)
  await rename('Away', 'Worker')
  await presence.beat()
  const again = presence.steadySince
  expect(again).toBeGreaterThan(steadySince)
  await presence.beat()
  expect(presence.steadySince).toBe(again)
})

/** As the table's owner; the worker's role may not. */
const rename = (from: string, to: string) =>
  withClient({ connectionString: database().ownerUrl }, (client) =>
    client.query(`ALTER TABLE "${from}" RENAME TO "${to}"`),
  )
