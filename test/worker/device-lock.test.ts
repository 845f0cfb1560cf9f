import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { withClient } from '#bin/postgres/with-client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { type DeviceLock, holdDevice } from '#worker/device-lock'

let database: TestDatabase
let said: string[]
const locks: DeviceLock[] = []
const LOCK = "0x67726d, hashtext('here/cpu')"

beforeAll(async () => {
  database = await createTestDatabase()
})

beforeEach(() => {
  said = []
})

afterEach(async () => {
  for (const lock of locks.splice(0)) await lock.release()
})

afterAll(() => database.drop())

/** Seeks the device, and notes what is said of it. */
async function hold(device = 'cpu', signal = new AbortController().signal): Promise<DeviceLock> {
  const lock = await holdDevice({
    ...{ databaseUrl: database.url, host: 'here', device, signal },
    log: pino({ level: 'silent' }),
    onWaiting: () => said.push('waiting'),
    onHeld: () => said.push('held'),
    onTaken: () => said.push('taken'),
  })
  locks.push(lock)
  return lock
}

const ask = (sql: string) => withClient({ connectionString: database.url }, (client) => client.query(sql))

/** Ends the connections that hold devices. */
const breakConnection = () =>
  ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'greenroom-device'`)

/** Does something while another process has the device, or is the next to get it. */
function asAnother(work: (got: Promise<unknown>, giveBack: () => Promise<unknown>) => Promise<void>) {
  return withClient({ connectionString: database.url }, async (client) => {
    const got = client.query(`SELECT pg_advisory_lock(${LOCK})`)
    await work(got, () => client.query(`SELECT pg_advisory_unlock(${LOCK})`))
  })
}

const waiters = async () =>
  (await ask(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).rowCount

test('one process at a time has a device; another waits, says so once, and gets it when it is free', async () => {
  await asAnother(async (got, giveBack) => {
    await got
    const seeking = hold()
    await expect.poll(() => said).toEqual(['waiting'])
    expect((await hold('cuda:0')).held).toBe(true)
    await giveBack()
    expect((await seeking).held).toBe(true)
    expect(said).toEqual(['waiting'])
  })
})

test('when its connection breaks the device is sought again at once, and nobody has to stop', async () => {
  const lock = await hold()
  await breakConnection()
  await expect.poll(() => said).toEqual(['held'])
  expect(lock.held).toBe(true)
})

test('when another takes the device while the connection is down, what runs must stop', async () => {
  const lock = await hold()
  await asAnother(async (got, giveBack) => {
    await expect.poll(waiters).toBe(1)
    await breakConnection()
    await got
    await expect.poll(() => said).toEqual(['waiting', 'taken'])
    expect(lock.held).toBe(false)
    await giveBack()
    await expect.poll(() => said).toEqual(['waiting', 'taken', 'held'])
    expect(lock.held).toBe(true)
  })
})

test('a device that is given back is free, and not sought again', async () => {
  const lock = await hold()
  await lock.release()
  expect(lock.held).toBe(false)
  await asAnother((got) => got.then(() => {}))
  expect(said).toEqual([])
})

test('who is told to stop waits no longer', async () => {
  await asAnother(async (got) => {
    await got
    const stop = new AbortController()
    const seeking = expect(hold('cpu', stop.signal)).rejects.toThrow('enough')
    await expect.poll(() => said).toEqual(['waiting'])
    stop.abort(new Error('enough'))
    await seeking
  })
})
