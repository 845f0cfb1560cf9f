import { webLog } from '#app/_server/log'
import { removeOldAudit } from '#core/audit/retention'
import { removeOldKeys } from '#core/idempotency/keys'
import { removeOldAttempts } from '#core/user/attempts'
import { removeEndedSessions } from '#core/user/sessions'

const HOUR_MS = 3_600_000

/** Removes ended sessions, counters and keys whose time is over, and old entries of the audit, now and every hour. */
export function sweepSessions(): NodeJS.Timeout {
  const sweep = async () => {
    try {
      await removeEndedSessions()
      await removeOldAttempts()
      const removed = await removeOldAudit()
      if (removed > 0) webLog().info({ removed }, 'removed old entries of the audit')
      await removeOldKeys()
    } catch (error) {
      webLog().error(error, 'could not remove what is over of sessions and audit')
    }
  }
  void sweep()
  return setInterval(sweep, HOUR_MS).unref()
}
