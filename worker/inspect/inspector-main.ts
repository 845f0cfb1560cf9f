import { setPriority } from 'node:os'
import { join } from 'node:path'
import { closeDb } from '#core/db'
import { env } from '#core/env'
import { messageOf } from '#core/errors'
import { listen } from '#core/events/events'
import { createLog } from '#core/log'
import { boss, closeBoss } from '#core/queue/boss'
import { diskStorage } from '#core/storage/disk'
import { prepareDataDir } from '#core/storage/layout'
import { withDatabase } from '#worker/database-wait'
import {
  type FaceNetworks,
  loadFaceNetworks,
  releaseFaceNetworks,
} from '#worker/engines/vision/face-networks'
import { workerTimings } from '#worker/timings'
import { WakeSignal } from '#worker/wake-signal'
import { runInspector } from './inspector.ts'

/*
 * Looks into uploads, beside the slots of a machine and behind them: whatever renders goes first. It has no row among
 * the workers, for nothing is lost when it ends: what it had begun is begun again.
 */

/** Media processes inherit it, and are five steps lower still. */
const LOW_PRIORITY = 10

const { DATABASE_URL, DATA_DIR } = env()
const log = createLog('inspector', DATA_DIR)
const stopped = new AbortController()
const stop = () => stopped.abort(new Error('the inspector stops'))

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
process.on('message', (message) => message === 'stop' && stop())
process.on('disconnect', stop)
if (process.connected === false) process.exit(0)
process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'))

try {
  await run()
} catch (error) {
  if (!stopped.signal.aborted) {
    log.fatal({ err: error }, `the inspector can't go on: ${messageOf(error)}`)
    process.exitCode = 1
  }
}
await closeBoss().catch(() => {})
await closeDb().catch(() => {})
process.exit()

async function run(): Promise<void> {
  setPriority(LOW_PRIORITY)
  const layout = await prepareDataDir(DATA_DIR)
  const { signal } = stopped
  await withDatabase(boss, { log, signal })
  const wakeSignals = { inspection: new WakeSignal(), preview: new WakeSignal() }
  const wake = () => {
    for (const each of Object.values(wakeSignals)) each.wake()
  }
  signal.addEventListener('abort', wake)
  const listener = await listen(DATABASE_URL, ({ kind }) => kind === 'asset' && wake(), wake)
  // Nobody who uploads nothing pays for them.
  let networks: Promise<FaceNetworks> | null = null
  try {
    await runInspector({
      ...{ log, wakeSignals, signal, storage: diskStorage(layout.storage), pollMs: workerTimings().pollMs },
      scratchDir: join(layout.scratch, 'inspector'),
      networks: () => (networks ??= loadFaceNetworks()),
    })
  } finally {
    await listener.close()
    if (networks) await releaseFaceNetworks(await networks)
  }
}
