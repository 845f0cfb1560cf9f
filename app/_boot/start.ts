import { sweepSessions } from '#app/_auth/sweep'
import { disconnectAll } from '#app/_events/hub'
import { sweepUploads } from '#app/_http/uploads'
import { trustedProxies, webEnv } from '#app/_server/env'
import { watchExchanges } from '#app/_server/exchange'
import { webLog } from '#app/_server/log'
import { prepareExchange } from '#app/_server/prepare-exchange'
import { env } from '#core/env'
import { messageOf } from '#core/errors'
import { keepLogsSmall } from '#core/log-rotation'
import { refuseOutdatedFfmpeg } from '#core/media/outdated'
import { prepareDataDir } from '#core/storage/layout'
import { providerSettings } from '#core/user/provider-settings'
import { needsSecondFactor } from '#core/user/second-factor-rule'
import { sessionLimits } from '#core/user/sessions'

/** Checks the settings, tidies, and lets a stop end the open event streams. A bad setting ends the process. */
export async function startWeb(): Promise<void> {
  try {
    webEnv()
    trustedProxies()
    sessionLimits()
    needsSecondFactor('member')
    providerSettings()
    await prepareDataDir(env().DATA_DIR)
    await refuseOutdatedFfmpeg()
  } catch (error) {
    // Next would go on without what failed here and answer 500 to everything.
    process.stderr.write(`Greenroom can't start:\n${messageOf(error)}\n`)
    process.exit(1)
  }
  keepLogsSmall(env().DATA_DIR)
  watchExchanges(prepareExchange)
  sweepUploads()
  sweepSessions()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void disconnectAll())
  webLog().info({ pid: process.pid }, 'web started')
}
