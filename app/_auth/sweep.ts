import { webLog } from '#app/_server/log'
import { removeOldAttempts } from '#core/user/attempts'
import { removeEndedSessions } from '#core/user/sessions'

const HOUR_MS = 3_600_000

/** Removes ended sessions and counters whose time is over, now and every hour. */
export function sweepSessions(): NodeJS.Timeout {
  const sweep = async () => {
    try {
      await removeEndedSessions()
      await removeOldAttempts()
    } catch (error) {
      webLog().error(error, 'could not remove ended sessions')
    }
  }
  void sweep()
  return setInterval(sweep, HOUR_MS).unref()
}
