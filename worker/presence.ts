import { dropConnections } from '#core/db'
import { messageOf } from '#core/errors'
import type { Log } from '#core/log'
import { beatWorker } from '#core/worker/workers'
import type { EngineSet } from './engines/engine-set.ts'
import type { Timings } from './timings.ts'

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

interface PresenceParts {
  workerId: string
  engines: EngineSet
  timings: Pick<Timings, 'slotBeatMs' | 'answerWithinMs'>
  log: Log
  /** An admin wants the running job back in the queue. */
  onStop: () => void
}

/** Says again and again that a slot is there and how it is, and hears when its job shall go back to the queue. */
export function startPresence({ workerId, engines, timings, log, onStop }: PresenceParts): Presence {
  let steadySince = performance.now()
  let steady = true
  const beat = async () => {
    // Where a heartbeat gets no answer its connection leads nowhere, nor do the others.
    const impatience = setTimeout(dropConnections, timings.answerWithinMs)
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
  const timer = setInterval(beat, timings.slotBeatMs)
  return {
    beat,
    get steadySince() {
      return steady ? steadySince : performance.now()
    },
    close: () => clearInterval(timer),
  }
}
