import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lifecycle } from '#bin/process/lifecycle'
import { ROOT } from '#bin/process/paths'
import { RECORD } from '#bin/process/process-group'
import { Stop } from '#bin/process/say'
import { type Service, startService } from '#bin/process/service'
import type { PortalOptions } from './options.ts'
import type { Secrets } from './secrets.ts'
import type { ServiceUser } from './service-user.ts'

/** Long enough for a worker to put its job back in the queue; with Postgres, within the promised 10 s. */
export const WORKER_GRACE = 5_000
const WEB_GRACE = 2_500
const READY_WITHIN = { production: 60_000, development: 180_000 }

/** `user` is who runs them, null for whoever runs the launcher. */
type ServiceOptions = PortalOptions & { host: string | undefined; user: ServiceUser | null }

/** Starts web and worker, and waits until the web server answers. */
export async function startServices(
  options: ServiceOptions,
  env: NodeJS.ProcessEnv,
  localUrl: string,
  lifecycle: Lifecycle,
): Promise<void> {
  process.umask(0o077)
  const own = options.user ? { ...env, HOME: options.dataDir } : env
  const web = startWeb(options, own, lifecycle)
  const worker = startWorker(options, own, lifecycle)
  lifecycle.onStop(async () => {
    await Promise.all([web, worker].map((service) => service.stop()))
  })
  await waitUntilReady(localUrl, web, options)
}

/** The environment of web and worker, who never learn the way in of the database's owner. */
export function portalEnv(
  { dataDir, port, mode }: PortalOptions,
  url: string,
  databaseUrl: string,
  secrets: Secrets,
): NodeJS.ProcessEnv {
  const { DATABASE_OWNER_URL: _, ...inherited } = process.env
  return {
    ...inherited,
    NODE_ENV: mode,
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    PORT: String(port),
    PUBLIC_URL: url,
    NEXTAUTH_URL: url,
    NEXTAUTH_SECRET: process.env.NEXTAUTH_SECRET || secrets.nextAuthSecret,
    NEXT_TELEMETRY_DISABLED: '1',
    ...(process.env.PUBLIC_URL ? {} : { AUTH_TRUST_HOST: '1' }),
  }
}

function startWeb(
  { dataDir, host, port, mode, user }: ServiceOptions,
  env: NodeJS.ProcessEnv,
  lifecycle: Lifecycle,
): Service {
  const command = mode === 'production' ? 'start' : 'dev'
  const listen = ['-p', String(port), ...(host ? ['-H', host] : [])]
  return startService(
    {
      name: 'web server',
      args: [join(ROOT, 'node_modules/next/dist/bin/next'), command, ...listen],
      ...{ env, user },
      log: mode === 'production' ? join(dataDir, 'logs/web.log') : undefined,
      record: join(dataDir, 'run', `web server${RECORD}`),
      grace: WEB_GRACE,
    },
    lifecycle,
  )
}

/** The worker's supervisor, which runs one slot process for each device of DEVICES. */
function startWorker(
  { dataDir, mode, user }: ServiceOptions,
  env: NodeJS.ProcessEnv,
  lifecycle: Lifecycle,
): Service {
  // The slots' own sources are not the supervisor's imports, so the folders are watched.
  const watched = ['--watch-path=worker', '--watch-path=core', '--watch-preserve-output']
  return startService(
    {
      name: 'worker',
      args: [...(mode === 'development' ? watched : []), 'worker/main.ts'],
      ...{ env, user },
      log: mode === 'production' ? join(dataDir, 'logs/worker.out.log') : undefined,
      record: join(dataDir, 'run', `worker${RECORD}`),
      grace: WORKER_GRACE,
    },
    lifecycle,
  )
}

async function waitUntilReady(
  localUrl: string,
  web: Service,
  { dataDir, mode }: PortalOptions,
): Promise<void> {
  const log = join(dataDir, 'logs/web.log')
  const deadline = Date.now() + READY_WITHIN[mode]
  while (!(await answers(`${localUrl}/api/health`))) {
    if (web.hasFailed()) throw new Stop(`The web server stopped while starting.\n${lastLines(log)}`)
    if (Date.now() > deadline) {
      throw new Stop(`The web server does not answer at ${localUrl}/api/health.\n${lastLines(log)}`)
    }
    await sleep(100)
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

function lastLines(file: string): string {
  if (!existsSync(file)) return ''
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(-15)
  return `The end of ${file}:\n  ${lines.join('\n  ')}`
}
