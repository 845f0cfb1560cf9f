import { fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { env } from '#core/env'
import { keepLogsSmall } from '#core/log-rotation'
import { dataLayout } from '#core/storage/layout'
import { slotDevices } from './settings.ts'
import { INSPECTOR, supervise } from './supervisor.ts'
import { workerTimings } from './timings.ts'

/*
 * A machine's worker: this process is the supervisor of one slot process a device and of one that looks into uploads, so that a crash in a driver or a network takes one job's turn and
 * nothing else. The slots' channels to this process close with it, and then they leave too.
 */

const SLOT = fileURLToPath(new URL('slot-main.ts', import.meta.url))
const INSPECTION = fileURLToPath(new URL('inspect/inspector-main.ts', import.meta.url))

let signals = 0
const { devices, modules, timings } = settingsOrExit()
keepLogsSmall(env().DATA_DIR)
const supervisor = supervise({
  devices: [...devices, INSPECTOR],
  timings,
  start: (device) =>
    fork(device === INSPECTOR ? INSPECTION : SLOT, {
      env: {
        NODE_COMPILE_CACHE: modules,
        ...process.env,
        ...(device === INSPECTOR ? {} : { DEVICE: device }),
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  say: (line) => console.error(line),
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void leave())

/** Slots put their jobs back first; a second signal ends them at once. */
async function leave(): Promise<void> {
  if (signals++ > 0) {
    supervisor.kill()
    process.exit(1)
  }
  await supervisor.stop()
  process.exit(0)
}

/** The slots' devices, and where their compiled modules are kept: a slot that crashed is back the sooner. */
function settingsOrExit() {
  try {
    const modules = join(dataLayout(env().DATA_DIR).cache, 'modules')
    return { devices: slotDevices(), modules, timings: workerTimings() }
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}
