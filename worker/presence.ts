import { dropConnections } from '#core/db'
import { messageOf } from '#core/errors'
import type { Log } from '#core/log'
import { beatWorker } from '#core/worker/workers'
import type { EngineSet } from './engines/engine-set.ts'

export interface Presence {
  /** Speaks up now, and so hears at once what is asked of this slot. */
  beat(): Promise<void>
  /**
   * When the database was last found again after it could not be reached, or the start; by performance.now(), which
   * no change of the machine's clock moves.
   */
  readonly steadySince: number
  close(): void
}

const BEAT_MS = 5000
/** A heartbeat is a moment's work: unanswered for so long, its connection leads nowhere, nor do the others. */
const ANSWER_WITHIN_MS = 15_000

/** Says every five seconds that a slot is there, how it is, and hears when its job shall go back to the queue. */
export function startPresence({
  workerId,
  engines,
  log,
  onStop,
}: {
  workerId: string
  engines: EngineSet
  log: Log
  onStop: () => void
}): Presence {
  let steadySince = performance.now()
  let steady = true
  const beat = async () => {
    const impatience = setTimeout(dropConnections, ANSWER_WITHIN_MS)
    try {
      const facts = { engines: engines.reports(), rssBytes: process.memoryUsage.rss() }
      const orders = await beatWorker(workerId, facts)
      if (!steady) steadySince = performance.now()
      steady = true
      if (orders?.stop) onStop()
    } catch (error) {
      steady = false
      log.warn({ error: messageOf(error) }, 'no heartbeat of the slot')
    } finally {
      clearTimeout(impatience)
    }
  }
  const timer = setInterval(beat, BEAT_MS)
  return {
    beat,
    get steadySince() {
      return steady ? steadySince : performance.now()
    },
    close: () => clearInterval(timer),
  }
}
