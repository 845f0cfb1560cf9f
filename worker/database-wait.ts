import { setTimeout as sleep } from 'node:timers/promises'
import { db } from '#core/db'
import { messageOf } from '#core/errors'
import type { Log } from '#core/log'

const LOOK_EVERY_MS = 200
/** A step that failed so often, though the database answered before each time, is at fault itself. */
const MAX_TRIES = 5

interface Waiting {
  log: Log
  /** Ends the wait, which then rejects. */
  signal: AbortSignal
}

/**
 * Carries out a step of the start that needs the database, once it answers, and again when it went away meanwhile.
 * However long that takes: a process that ended instead would only be started again to wait, and later each time.
 */
export async function withDatabase<Result>(step: () => Promise<Result>, waiting: Waiting): Promise<Result> {
  for (let tries = 1; ; tries++) {
    await untilDatabaseAnswers(waiting)
    try {
      return await step()
    } catch (error) {
      waiting.signal.throwIfAborted()
      if (tries === MAX_TRIES) throw error
      waiting.log.warn({ error: messageOf(error) }, 'a step of the start failed; trying again')
    }
  }
}

async function untilDatabaseAnswers({ log, signal }: Waiting): Promise<void> {
  for (let look = 1; ; look++) {
    try {
      await db().$queryRaw`SELECT 1`
      return
    } catch (error) {
      if (look === 1) log.warn({ error: messageOf(error) }, 'waiting for the database')
      await sleep(LOOK_EVERY_MS)
      signal.throwIfAborted()
    }
  }
}
