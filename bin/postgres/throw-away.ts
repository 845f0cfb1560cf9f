import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identify, isRunning, type ProcessIdentity } from '#bin/process/process-table'
import { type EmbeddedPostgres, startEmbeddedPostgres, stopEmbeddedPostgres } from './postgres.ts'

const PREFIX = 'greenroom-throwaway-'
const OWNER = 'owner.json'

export type ThrowAwayPostgres = EmbeddedPostgres & {
  /** A temporary folder beside the cluster, removed with it. */
  folder: string
  /** Starts it again after a kill, on the same files and port. */
  restart: () => Promise<void>
  /** Stops the server and deletes everything. */
  remove: () => Promise<void>
}

const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
/** What was committed outlives a SIGKILL of the server; only a crash of the machine could take it. */
const KILLABLE = { fsync: 'off' }

/**
 * A Postgres for one run, in a temporary folder: fast rather than durable, unless it is to be killed. Also removes
 * what killed runs left.
 */
export async function startThrowAwayPostgres({ killable = false } = {}): Promise<ThrowAwayPostgres> {
  await removeAbandoned()
  const root = mkdtempSync(join(tmpdir(), PREFIX))
  chmodSync(root, 0o711)
  writeFileSync(join(root, OWNER), JSON.stringify(identify(process.pid)))
  const folder = join(root, 'files')
  mkdirSync(folder)
  try {
    const options = { settings: killable ? KILLABLE : FAST, password: randomBytes(18).toString('base64url') }
    const start = () => startEmbeddedPostgres(join(root, 'postgres'), options)
    const postgres = await start()
    const restart = async () => void (await start())
    return { ...postgres, folder, restart, remove: () => removeThrowAway(root, postgres) }
  } catch (error) {
    rmSync(root, { recursive: true, force: true })
    throw error
  }
}

async function removeThrowAway(root: string, postgres: EmbeddedPostgres): Promise<void> {
  await postgres.stop()
  rmSync(postgres.cluster, { recursive: true, force: true })
  rmSync(root, { recursive: true, force: true, maxRetries: 3 })
}

async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    const root = join(tmpdir(), name)
    const owner = join(root, OWNER)
    try {
      if (!existsSync(owner) || isRunning(JSON.parse(readFileSync(owner, 'utf8')) as ProcessIdentity))
        continue
      const cluster = await stopEmbeddedPostgres(join(root, 'postgres'))
      rmSync(cluster, { recursive: true, force: true })
      rmSync(root, { recursive: true, force: true })
    } catch {
      // Another user's, or another run is removing it: not ours to clean.
    }
  }
}
