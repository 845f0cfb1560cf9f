import { flushCompileCache } from 'node:module'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { closeDb } from '#core/db'
import { env } from '#core/env'
import { messageOf } from '#core/errors'
import { listen, type QueueEvent } from '#core/events/events'
import { newId } from '#core/ids'
import { createLog } from '#core/log'
import { boss, closeBoss } from '#core/queue/boss'
import { diskStorage } from '#core/storage/disk'
import { prepareDataDir } from '#core/storage/layout'
import { registerWorker, setWorkerState, type WorkerIdentity } from '#core/worker/workers'
import { withDatabase } from './database-wait.ts'
import { holdDevice } from './device-lock.ts'
import { type EngineSet, openEngines } from './engines/engine-set.ts'
import type { EngineReport } from './engines/registry.ts'
import { recoverPredecessors, startMaintenance } from './maintenance.ts'
import { type Presence, startPresence } from './presence.ts'
import { loadFirst, watchReadiness } from './readiness-watch.ts'
import { workerSettings } from './settings.ts'
import { type Slot, startSlot } from './slot.ts'
import { RESTART_CODE, WORKED } from './supervisor.ts'
import { VERSION } from './version.ts'
import { WakeSignal } from './wake-signal.ts'

const { DATABASE_URL, DATA_DIR } = env()
const settings = workerSettings()
const { timings } = settings
const layout = await prepareDataDir(DATA_DIR)
const log = createLog('worker', DATA_DIR)
const closing: (() => Promise<unknown>)[] = []
const stopped = new AbortController()
let slot: Slot | null = null
let signals = 0

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // A second signal leaves at once.
  process.on(signal, () => (signals++ > 0 ? process.exit(1) : void shutDown(signal)))
}
// Without its supervisor a slot would render on for nobody, beside the next one.
process.on('message', (message) => message === 'stop' && void shutDown('told to by the supervisor'))
process.on('disconnect', () => void shutDown('the supervisor is gone'))
// It may have ended before anybody listened here: while this process was still loading.
if (process.connected === false) process.exit(0)
// Nobody may be reading any more what this process prints.
process.stdout.on('error', () => {})
process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'))

try {
  await run()
} catch (error) {
  if (!stopped.signal.aborted) {
    log.fatal({ err: error }, `the worker can't go on: ${messageOf(error)}`)
    await shutDown('error', 1)
  }
}

async function run(): Promise<void> {
  const withIt = <Result>(step: () => Promise<Result>) => withDatabase(step, { log, signal: stopped.signal })
  closing.unshift(closeBoss, closeDb)
  await withIt(boss)

  const wakeSignal = new WakeSignal()
  const storage = diskStorage(layout.storage)
  const engines = await openEngines(settings.engines, settings.device)
  closing.unshift(() => engines.close())
  const identity = identify(engines)
  await withIt(() => registerWorker(identity))
  closing.unshift(() => setWorkerState(identity.id, 'stopped'))
  const presence = startPresence({
    workerId: identity.id,
    engines,
    timings,
    log,
    onStop: () => slot?.abortCurrent('shutdown'),
  })
  closing.unshift(async () => presence.close())
  await presence.beat()

  const lock = await holdDevice({
    databaseUrl: DATABASE_URL,
    host: identity.host,
    device: identity.device,
    log,
    signal: stopped.signal,
    onWaiting: () => void setWorkerState(identity.id, 'waiting').catch(() => {}),
    onHeld: () => wakeSignal.wake(),
    onTaken: () => slot?.abortCurrent('fenced'),
  })
  closing.unshift(() => lock.release())

  const { cacheLimits } = settings
  const maintenance = { identity, storage, layout, log, presence, timings, cacheLimits }
  await withIt(() => recoverPredecessors(maintenance))
  await loadFirst(engines, settings.defaultEngine, log)
  const listener = await listen(
    DATABASE_URL,
    (event) => react(event, wakeSignal, presence),
    () => wakeSignal.wake(),
  )
  closing.unshift(() => listener.close())
  const readiness = await withIt(() =>
    watchReadiness({
      workerId: identity.id,
      engines,
      log,
      onChange: () => {
        void presence.beat()
        wakeSignal.wake()
      },
    }),
  )
  closing.unshift(async () => readiness.close())

  slot = startSlot({
    ...{ identity, engines, storage, layout, log, wakeSignal, lock, timings },
    stallMs: settings.stallMs,
    onClaimed: () => void presence.beat(),
    onEnded: () => tellSupervisor(WORKED),
    onStuck: () => process.exit(1),
    onRestart: () => void shutDown('out of memory', RESTART_CODE),
  })
  const rounds = startMaintenance(maintenance)
  closing.unshift(async () => rounds.close())
  log.info({ device: identity.device, engines: engines.names() }, 'ready')
  const names = engines.names().join(', ')
  // By itself Node would keep what it compiled only at an orderly exit.
  flushCompileCache()
  console.log(names ? `worker ready: ${names} on ${identity.device}` : notReady(engines.reports()))
  await slot.done
}

/** A supervisor that is just gone is heard of by the channel's end, not by a message that could not be sent. */
function tellSupervisor(message: string): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

function react(event: QueueEvent, wakeSignal: WakeSignal, presence: Presence): void {
  if (event.kind === 'changed' || event.kind === 'control') wakeSignal.wake()
  if (event.kind === 'control') void presence.beat()
  if (event.kind === 'cancel' && slot?.currentJobId() === event.jobId) slot.abortCurrent('cancelled')
}

/** Who the slot is. It is said to have the engine that it would render with if nobody chose. */
function identify(engines: EngineSet): WorkerIdentity {
  const ready = engines.names()
  const first = ready.includes(settings.defaultEngine) ? settings.defaultEngine : ready[0]
  const { name, version } = engines
    .reports()
    .find((report) => report.name === (first ?? settings.defaultEngine))!
  const identity = {
    id: newId(),
    host: settings.host ?? hostname(),
    pid: process.pid,
    device: settings.device,
    engine: name,
    engineVersion: version,
    version: VERSION,
  }
  log.info({ ...identity, engines: engines.reports() }, 'starting')
  return identity
}

/** Stops the slot, then takes down what was built, in reverse. */
async function shutDown(why: string, code = 0): Promise<void> {
  if (stopped.signal.aborted) return
  log.info({ why }, 'stopping')
  stopped.abort(new Error('the worker stops'))
  slot?.stop()
  const inTime = await Promise.race([
    Promise.resolve(slot?.done).then(() => true),
    sleep(timings.stopGraceMs, false, { ref: false }),
  ])
  if (!inTime) log.error('the running job did not stop in time; it is recovered at the next start')
  for (const close of closing) {
    await Promise.race([close(), sleep(1000, null, { ref: false })]).catch((error) =>
      log.warn({ error: messageOf(error) }, 'while stopping'),
    )
  }
  log.info('stopped')
  process.exit(inTime ? code : 1)
}

/** Why a slot has nothing to render with, one line an engine. */
function notReady(reports: EngineReport[]): string {
  const reasons = reports.map(({ name, reason }) => `  ${name}: ${reason}`)
  return [`worker waits: no engine is ready on "${settings.device}".`, ...reasons].join('\n')
}
