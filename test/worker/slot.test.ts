import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { closeDb, db, transact } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { lockLine } from '#core/queue/line'
import { diskStorage } from '#core/storage/disk'
import { type DataLayout, prepareDataDir } from '#core/storage/layout'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser, createWorker, queueJobs, reload } from '#test/setup/factories'
import { logOf } from '#test/setup/observe'
import { emptyPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import { NEVER_MS } from '#test/setup/worker'
import { type Engine, EngineError } from '#worker/engine-contract/engine'
import { type Slot, type SlotParts, startSlot } from '#worker/slot'
import { TIMINGS } from '#worker/timings'
import { WakeSignal } from '#worker/wake-signal'

let database: TestDatabase
let layout: DataLayout
let slot: Slot
let said: string[]

beforeAll(async () => {
  database = await createTestDatabase()
  layout = await prepareDataDir(database.dataDir)
})

beforeEach(async () => {
  await emptyPortal()
  said = []
})

afterEach(async () => {
  slot.stop()
  await slot.done
  await expectSoundQueue()
})

afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

/** An engine that renders until it is told to stop. */
const untilAborted: Engine['render'] = (_, { signal }) =>
  new Promise((_, reject) => {
    said.push('renders')
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

async function start(render = untilAborted, change: Partial<SlotParts> = {}) {
  const { id, ...row } = await createWorker('cpu')
  const nothing = async () => {}
  const engine: Engine = { name: 'mouth', version: '1', load: nothing, close: nothing, render }
  slot = startSlot({
    identity: { ...row, id, version: '1' },
    engines: {
      reports: () => [],
      names: () => ['mouth'],
      refresh: nothing,
      use: async () => engine,
      close: nothing,
    },
    ...{ layout, storage: diskStorage(layout.storage), log: pino({ level: 'silent' }) },
    ...{ wakeSignal: new WakeSignal(), lock: { held: true, release: nothing } },
    ...{ stallMs: 60_000, timings: { ...TIMINGS, pollMs: 50 } },
    onClaimed: () => said.push('claimed'),
    onEnded: () => said.push('ended'),
    onStuck: () => said.push('stuck'),
    onRestart: () => said.push('restart'),
    ...change,
  })
}

const queueOne = async () => (await queueJobs(await createUser(), 1))[0]

const waiters = async () => (await db().$queryRaw<unknown[]>`SELECT 1 FROM pg_locks WHERE NOT granted`).length

test('told to stop in the middle of a claim, a slot gives the job back as it was', async () => {
  const job = await queueOne()
  await transact(async (tx) => {
    await lockLine(tx, 'exclusive')
    await start()
    await expect.poll(waiters).toBe(1)
    slot.stop()
  })
  await slot.done
  expect(await reload(job.id)).toMatchObject({ state: 'queued', attempt: 0, ticket: job.ticket })
  expect(await logOf(job.id)).toEqual(expect.arrayContaining(['claimed', 'released']))
  expect(said.filter((what) => what !== 'renders')).toEqual(['claimed', 'ended'])
})

test('stopped while it renders, a slot gives the job back and takes no other', async () => {
  const [first, second] = await queueJobs(await createUser(), 2)
  await start()
  await expect.poll(() => said).toContain('renders')
  expect(slot.currentJobId()).toBe(first.id)
  slot.stop()
  await slot.done
  expect(slot.currentJobId()).toBeNull()
  for (const { id } of [first, second])
    expect(await reload(id)).toMatchObject({ state: 'queued', attempt: 0 })
  expect(said).toEqual(['claimed', 'renders', 'ended'])
})

test('a slot takes nothing while its device is not held, and nothing while no engine is ready', async () => {
  const job = await queueOne()
  const looks = { held: 0, names: 0 }
  const lock = {
    get held() {
      return ++looks.held > 3
    },
    release: async () => {},
  }
  const names = (): ['mouth'] | [] => (++looks.names > 6 ? ['mouth'] : [])
  const engines = { reports: () => [], names, refresh: async () => {}, close: async () => {} }
  const looksBefore: (typeof looks)[] = []
  const use = async () => {
    looksBefore.push({ ...looks })
    throw new EngineError('engine_failed', 'Broken.')
  }
  await start(untilAborted, { lock, engines: { ...engines, use } })
  await expect.poll(async () => (await reload(job.id)).state).toBe('failed')
  // The device was held from the fourth look on, and an engine ready from the seventh.
  expect(looksBefore).toEqual([{ held: 7, names: 7 }])
})

test('a slot leaves a job alone whose engine it has not, and takes the one behind it', async () => {
  const owner = await createUser()
  const [other] = await queueJobs(owner, 1, { options: { engine: 'wav2lip' } })
  const [own] = await queueJobs(owner, 1, { options: { engine: 'mouth' } })
  await start()
  await expect.poll(() => slot.currentJobId()).toBe(own.id)
  expect((await reload(other.id)).state).toBe('queued')
})

test('a slot that waits for work stops at once', async () => {
  const wakeSignal = new WakeSignal()
  const wait = vi.spyOn(wakeSignal, 'wait')
  await start(untilAborted, { wakeSignal, timings: { ...TIMINGS, pollMs: NEVER_MS } })
  await expect.poll(() => wait.mock.calls.length).toBe(1)
  slot.stop()
  await slot.done
})

test('an engine that does not stop when it is told to is reported as stuck', async () => {
  const { promise: end, reject } = Promise.withResolvers<never>()
  await queueOne()
  const deaf: Engine['render'] = () => {
    said.push('renders')
    return end
  }
  await start(deaf, { timings: { ...TIMINGS, pollMs: 50, stuckMs: 50 } })
  await expect.poll(() => said).toContain('renders')
  slot.abortCurrent('cancelled')
  await expect.poll(() => said).toEqual(['claimed', 'renders', 'stuck'])
  reject(new Error('at last'))
})

test('of an engine that stops, nothing waits any more to call it stuck', async () => {
  const stuckMs = NEVER_MS - 1
  const [begun, ended] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')]
  await queueOne()
  await start(untilAborted, { timings: { ...TIMINGS, pollMs: 50, stuckMs } })
  await expect.poll(() => said).toContain('renders')
  slot.abortCurrent('cancelled')
  await expect.poll(() => said).toContain('ended')
  const timer = begun.mock.results[begun.mock.calls.findIndex(([, ms]) => ms === stuckMs)].value
  expect(ended.mock.calls.some(([one]) => one === timer)).toBe(true)
  vi.restoreAllMocks()
})

test('when the memory of the device is used up a slot asks for another process and takes nothing more', async () => {
  const [first, second] = await queueJobs(await createUser(), 2)
  await start(() =>
    Promise.reject(new EngineError('out_of_memory', 'Too much.', { transient: true, restart: true })),
  )
  await slot.done
  expect(said).toEqual(['claimed', 'ended', 'restart'])
  expect(await reload(first.id)).toMatchObject({ state: 'queued', errorCode: 'out_of_memory' })
  expect(await reload(second.id)).toMatchObject({ state: 'queued', attempt: 0 })
})
