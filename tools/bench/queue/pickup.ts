import { setTimeout as sleep } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import { db, transact } from '#core/db'
import { env } from '#core/env'
import { announce, listen } from '#core/events/events'
import { newId } from '#core/ids'
import { createLog } from '#core/log'
import { enterLineTogether } from '#core/queue/entry'
import { lockLine } from '#core/queue/line'
import { FIRST_TICKET, TICKET_STEP, toPriority } from '#core/queue/ordering'
import { diskStorage } from '#core/storage/disk'
import { prepareDataDir } from '#core/storage/layout'
import { createAsset, createUser, createWorker } from '#test/setup/factories'
import { type Engine, EngineError } from '#worker/engine-contract/engine'
import { startSlot } from '#worker/slot'
import { TIMINGS } from '#worker/timings'
import { WakeSignal } from '#worker/wake-signal'

/** Milliseconds, one a repetition. */
export interface Pickup {
  /** From the moment before the commit of a job, while nothing else waits, to its start. */
  latency: number[]
  /** From the end of one job to the start of the next, while more wait. */
  gap: number[]
}

/** A render takes so long. */
const RENDER_MS = 20

/** Notes when renders begin and end. */
function stopwatch() {
  const started: number[] = []
  const ended: number[] = []
  return {
    started,
    ended,
    render: async () => {
      started.push(performance.now())
      await sleep(RENDER_MS)
      ended.push(performance.now())
    },
    async until(count: number): Promise<void> {
      while (ended.length < count) await sleep(2)
    },
  }
}

type Watch = ReturnType<typeof stopwatch>

/** Sends `count` jobs and returns the moment before their commit. */
type Send = (count: number) => Promise<number>

/** A slot of ours, from commit to the engine's first line: claim, fencing, log, progress and all. */
export async function ourPickup(repetitions: number, notify: boolean): Promise<Pickup> {
  const watch = stopwatch()
  const { stop, send } = await startOurs(watch, notify)
  try {
    return await measure(watch, send, repetitions, notify)
  } finally {
    await stop()
  }
}

/** At its default of 30 s the second figure would be the gap between two jobs of a bare worker with notify. */
const WAITS = {
  notify: { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 },
  polling: { pollingIntervalSeconds: 2 },
}

/** Bare pg-boss with LISTEN/NOTIFY, or polling as often as our slot does. */
export async function barePickup(repetitions: number, notify: boolean): Promise<Pickup> {
  const watch = stopwatch()
  const bare = new PgBoss({ connectionString: env().DATABASE_URL, schedule: false, useListenNotify: notify })
  bare.on('error', (error) => console.error('pg-boss:', error.message))
  await bare.start()
  try {
    const name = `bare-${notify}`
    await bare.createQueue(name, { policy: 'standard', retryLimit: 0, notify })
    await bare.work(name, WAITS[notify ? 'notify' : 'polling'], watch.render)
    await sleep(1000)
    const send: Send = async (count) => {
      const at = performance.now()
      await bare.insert(
        name,
        Array.from({ length: count }, () => ({ data: {} })),
      )
      return at
    }
    return await measure(watch, send, repetitions, notify)
  } finally {
    await bare.stop({ graceful: false })
  }
}

async function measure(watch: Watch, send: Send, repetitions: number, notify: boolean): Promise<Pickup> {
  const latency: number[] = []
  const alone = notify ? repetitions : Math.min(repetitions, 12)
  for (let turn = 0; turn < alone; turn++) {
    // Whoever just worked has gone back to waiting.
    await sleep(60 + Math.random() * 40)
    const before = await send(1)
    await watch.until(turn + 1)
    latency.push(watch.started[turn] - before)
  }
  const run = Math.min(repetitions, notify ? 31 : 8)
  await send(run)
  await watch.until(alone + run)
  const gap = watch.started.slice(alone + 1).map((start, index) => start - watch.ended[alone + index])
  return { latency, gap }
}

async function startOurs(watch: Watch, notify: boolean) {
  const { DATABASE_URL, DATA_DIR } = env()
  const layout = await prepareDataDir(DATA_DIR)
  const { id } = await createWorker('cpu')
  const wakeSignal = new WakeSignal()
  const identity = {
    id,
    host: 'bench',
    pid: 1,
    device: 'cpu',
    engine: 'mouth',
    engineVersion: '1',
    version: '1',
  }
  const engine = engineOf(watch)
  const nothing = () => {}
  const slot = startSlot({
    ...{ identity, wakeSignal, layout, storage: diskStorage(layout.storage), timings: TIMINGS },
    log: createLog('bench', DATA_DIR),
    ...{ stallMs: 60_000, onClaimed: nothing, onEnded: nothing, onStuck: nothing, onRestart: nothing },
    lock: { held: true, release: async () => {} },
    engines: {
      reports: () => [],
      names: () => ['mouth'],
      refresh: async () => {},
      use: async () => engine,
      close: async () => {},
    },
  })
  const listener = notify ? await listen(DATABASE_URL, () => wakeSignal.wake()) : null
  await sleep(500)
  return {
    send: await sender(),
    async stop() {
      slot.stop()
      await slot.done
      await listener?.close()
    },
  }
}

/** Its renders fail, which is a whole turn but for the checks of a result. */
const engineOf = ({ render }: Watch): Engine => ({
  name: 'mouth',
  version: '1',
  load: async () => {},
  close: async () => {},
  async render() {
    await render()
    throw new EngineError('engine_failed', 'This one only takes the time.')
  },
})

async function sender(): Promise<Send> {
  const owner = await createUser('member', 'pickup')
  const speech = await createAsset(owner.id, 'speech')
  const presenter = await createAsset(owner.id, 'presenter')
  const batch = await db().batch.create({ data: { ownerId: owner.id, name: 'Pickup', speechId: speech.id } })
  let ordinal = 0
  return (count) =>
    transact(async (tx) => {
      const data = Array.from({ length: count }, () => {
        const ticket = FIRST_TICKET + ordinal * TICKET_STEP
        const place = { band: 'normal' as const, ticket }
        const row = { batchId: batch.id, ownerId: owner.id, presenterId: presenter.id, ordinal: ordinal++ }
        return { ...row, ...place, priority: toPriority(place), bossJobId: newId() }
      })
      const jobs = await tx.renderJob.createManyAndReturn({ data })
      await enterLineTogether(await lockLine(tx, 'shared'), jobs)
      await announce(tx, { kind: 'changed', ownerId: owner.id, batchId: batch.id })
      return performance.now()
    })
}
