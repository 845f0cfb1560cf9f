import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '#core/errors'
import type { Log } from '#core/log'
import { abortReason } from './abort.ts'

/**
 * Repeats a guarded write while the database can't be reached, so that a finished render survives its restart.
 * Gives up after ten minutes, or after three seconds once the worker is told to stop. The writes are guarded, so
 * repeating one that did arrive changes nothing.
 */
export async function persist<Result>(
  write: () => Promise<Result>,
  signal: AbortSignal,
  log: Log,
): Promise<Result> {
  const startedAt = performance.now()
  for (let delay = 200; ; delay = Math.min(delay * 2, 1000)) {
    try {
      return await write()
    } catch (error) {
      const patience = abortReason(signal) === 'shutdown' ? 3000 : 600_000
      if (performance.now() - startedAt > patience) throw error
      log.warn({ error: messageOf(error) }, 'the database did not take a write; trying again')
      await sleep(delay)
    }
  }
}
