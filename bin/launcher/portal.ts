import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgresService } from '#bin/postgres/postgres-service'
import { type DatabaseUrls, embeddedDatabase, externalDatabase, prepareDatabase } from '#bin/postgres/prepare'
import { portIsFree } from '#bin/process/free-port'
import type { Lifecycle } from '#bin/process/lifecycle'
import { type Lock, tryLock } from '#bin/process/lock'
import { stopOrphans } from '#bin/process/process-group'
import { Stop, say, step } from '#bin/process/say'
import { refuseOutdatedFfmpeg } from '#core/media/outdated'
import { ensureBuilt } from './build.ts'
import { listenHost, reachableAt } from './listen.ts'
import type { PortalOptions } from './options.ts'
import { portalEnv, startServices, WORKER_GRACE } from './portal-services.ts'
import { readSecrets, type Secrets } from './secrets.ts'
import { type ServiceUser, serviceUser } from './service-user.ts'

export type Portal = {
  /** Where people open it. */
  url: string
  /** Where this machine reaches it. */
  localUrl: string
  secrets: Secrets
  databaseUrl: string
}

const OTHER_STOPS_WITHIN = 12_000

/**
 * Starts everything a portal needs on one data folder, and waits until it serves. Whatever was started is
 * registered with `lifecycle`, which stops it again. Leftovers of a killed launcher are cleared first.
 */
export async function startPortal(options: PortalOptions, lifecycle: Lifecycle): Promise<Portal> {
  const { dataDir, port, mode } = options
  const url = process.env.PUBLIC_URL?.replace(/\/+$/, '') || `http://localhost:${port}`
  createDataFolder(dataDir)
  const user = await safeUser(options)
  await holdDataFolder(dataDir, url, lifecycle)
  await stopOrphans(join(dataDir, 'run'), WORKER_GRACE)
  const host = listenHost()
  await requirePort(port, host)
  const secrets = readSecrets(dataDir)
  const urls = externalDatabase() ?? (await startDatabase(dataDir, secrets, lifecycle))
  await prepare(urls)
  const databaseUrl = urls.portal
  const build = mode === 'production' ? await ensureBuilt(lifecycle) : undefined

  const localUrl = `http://${reachableAt(host)}:${port}`
  await step('Starting the web server and the worker', async () => {
    const env = portalEnv(options, url, databaseUrl, secrets)
    if (build) env.NEXT_DIST_DIR = build
    if (!lifecycle.stopping) await startServices({ ...options, host, user }, env, localUrl, lifecycle)
  })
  return { url, localUrl, secrets, databaseUrl }
}

/** A new one is private. For root, others may pass through (Postgres runs as another user) but not look. */
function createDataFolder(dataDir: string): void {
  try {
    const isNew = mkdirSync(dataDir, { recursive: true }) !== undefined
    if (isNew) chmodSync(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700)
    mkdirSync(join(dataDir, 'run'), { recursive: true })
    mkdirSync(join(dataDir, 'logs'), { recursive: true })
  } catch (error) {
    throw new Stop(
      `Cannot use ${dataDir} as data folder: ${(error as Error).message}. Choose another: --data DIR`,
    )
  }
}

/** Who runs web and worker. Nobody should open to strangers what runs as root, or an ffmpeg of long ago. */
async function safeUser(options: PortalOptions): Promise<ServiceUser | null> {
  await refuseOutdatedFfmpeg().catch((error) => {
    throw new Stop(error.message)
  })
  return serviceUser(options)
}

async function holdDataFolder(dataDir: string, url: string, lifecycle: Lifecycle): Promise<void> {
  const lock = await takeLock(join(dataDir, 'run/launcher.json'), dataDir)
  lock.note({ url })
  lifecycle.onStop(() => lock.release())
  lifecycle.onStopping(() => lock.note({ url, stopping: true }))
}

async function takeLock(file: string, dataDir: string): Promise<Lock> {
  const deadline = Date.now() + OTHER_STOPS_WITHIN
  for (;;) {
    const attempt = tryLock(file)
    if (attempt.taken) return attempt.lock
    const { pid, url, stopping } = attempt.holder
    if (!stopping || Date.now() > deadline) {
      throw new Stop(
        `Greenroom is already running at ${url ?? 'this data folder'} (pid ${pid}), with the data in ${dataDir}. ` +
          `Use that one, stop it with Ctrl-C (or: kill ${pid}), or choose another folder and port: --data DIR --port N`,
      )
    }
    await sleep(200)
  }
}

async function requirePort(port: number, host: string | undefined): Promise<void> {
  if (await portIsFree(port, host)) return
  throw new Stop(
    `Port ${port} is in use by another program. Stop that one, or choose another port: --port ${port + 1}`,
  )
}

async function startDatabase(dataDir: string, secrets: Secrets, lifecycle: Lifecycle): Promise<DatabaseUrls> {
  const options = { password: secrets.postgresPassword, database: 'greenroom' }
  const owner = await step('Starting Postgres', () =>
    startPostgresService(join(dataDir, 'postgres'), options, lifecycle),
  )
  return embeddedDatabase(owner, secrets.postgresPortalPassword)
}

async function prepare(urls: DatabaseUrls): Promise<void> {
  try {
    const applied = await prepareDatabase(urls)
    if (applied.length)
      say(`• Applied ${applied.length} database ${applied.length === 1 ? 'migration' : 'migrations'}`)
  } catch (error) {
    throw new Stop(
      `The database could not be brought up to date: ${error instanceof Error ? error.message : error}` +
        (process.env.DATABASE_URL
          ? '\nCheck DATABASE_URL, and that this user (or that of DATABASE_OWNER_URL) may create tables.'
          : ''),
    )
  }
}
