import { env } from '#core/env'
import { createLog, type Log } from '#core/log'

const shared = globalThis as typeof globalThis & { greenroomWebLog?: Log }

/** The web process's log: DATA_DIR/logs/web.log, errors on stderr too. */
export function webLog(): Log {
  shared.greenroomWebLog ??= createLog('web', env().DATA_DIR)
  return shared.greenroomWebLog
}
