import { openBrowser } from '#bin/launcher/browser'
import { LOOPBACK, listenHost } from '#bin/launcher/listen'
import type { Options } from '#bin/launcher/options'
import { type Portal, startPortal } from '#bin/launcher/portal'
import { withCore } from '#bin/launcher/with-core'
import type { Lifecycle } from '#bin/process/lifecycle'
import { say } from '#bin/process/say'
import { runDemo } from './demo.ts'

type Outcome = number | 'stay'

/** The portal for real work. */
export async function start(options: Options, lifecycle: Lifecycle): Promise<Outcome> {
  return present(await startPortal({ ...options, mode: 'production' }, lifecycle), options)
}

/** The portal with hot reload of pages and worker. */
export async function dev(options: Options, lifecycle: Lifecycle): Promise<Outcome> {
  return present(await startPortal({ ...options, mode: 'development' }, lifecycle), options)
}

/** The portal with an account, sample media and a sample batch. */
export async function demo(options: Options, lifecycle: Lifecycle): Promise<Outcome> {
  const portal = await startPortal({ ...options, mode: 'production' }, lifecycle)
  return runDemo(portal, options, performance.timeOrigin, lifecycle)
}

async function present(portal: Portal, options: Options): Promise<Outcome> {
  const setup = await setupLink(portal, options.dataDir)
  say(`\n  Greenroom is ready: ${portal.url}`)
  if (setup) say(`  Create the first admin here (valid once, for 24 hours): ${setup}`)
  if (listenHost() === LOOPBACK) say(ONLY_HERE)
  say(`  Data: ${options.dataDir}    Stop: Ctrl-C\n`)
  if (options.open) openBrowser(setup ?? portal.url)
  return 'stay'
}

const ONLY_HERE =
  '  Only this machine can open it. For others: HOST=0.0.0.0 npm start, or PUBLIC_URL=https://… behind a proxy with TLS.'

async function setupLink(portal: Portal, dataDir: string): Promise<string | null> {
  return withCore(portal.databaseUrl, dataDir, async () => {
    const { createSetupToken } = await import('#core/user/invitations')
    const token = await createSetupToken()
    return token && `${portal.url}/setup?token=${token}`
  })
}
