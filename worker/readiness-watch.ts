import type { EngineName } from '#core/engine/options'
import { messageOf } from '#core/errors'
import type { Log } from '#core/log'
import { setWorkerState } from '#core/worker/workers'
import type { EngineSet } from './engines/engine-set.ts'

const REFRESH_MS = 60_000
/** While no engine is ready one looks more often: a server may just be starting. */
const WHILE_NONE_MS = 5000

export interface ReadinessWatch {
  close(): void
}

interface WatchParts {
  workerId: string
  engines: EngineSet
  log: Log
  /** The slot can take other jobs than before. */
  onChange: () => void
}

/** Loads an engine, the preferred one where it is ready, so that the first job needn't wait for it. */
export async function loadFirst(engines: EngineSet, preferred: EngineName, log: Log): Promise<void> {
  const names = engines.names()
  for (const name of [preferred, ...names.filter((other) => other !== preferred)]) {
    if (!names.includes(name)) continue
    try {
      await engines.use(name)
      return
    } catch (error) {
      log.error({ engine: name, error: messageOf(error) }, 'the engine could not be loaded')
    }
  }
}

/** Looks again and again which engines are ready, and says of the slot whether any is. */
export async function watchReadiness({
  workerId,
  engines,
  log,
  onChange,
}: WatchParts): Promise<ReadinessWatch> {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let known = engines.names().join()
  await setWorkerState(workerId, known ? 'ready' : 'not_ready')
  if (!known) log.warn({ engines: engines.reports() }, 'no engine is ready; looking again')
  const look = async () => {
    try {
      await engines.refresh()
      const names = engines.names().join()
      if (names !== known && !closed) {
        await setWorkerState(workerId, names ? 'ready' : 'not_ready')
        known = names
        log.info({ engines: names }, 'other engines are ready')
        onChange()
      }
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'could not look which engines are ready')
    }
    schedule()
  }
  const schedule = () => {
    if (!closed) timer = setTimeout(look, known ? REFRESH_MS : WHILE_NONE_MS)
  }
  schedule()
  return {
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
