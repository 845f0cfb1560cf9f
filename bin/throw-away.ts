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
import { type EmbeddedPostgres, startEmbeddedPostgres, stopEmbeddedPostgres } from './postgres.ts'
import { identify, isRunning, type ProcessIdentity } from './process-table.ts'

const PREFIX = 'greenroom-throwaway-'
const OWNER = 'owner.json'

export type ThrowAwayPostgres = EmbeddedPostgres & {
  /** A temporary folder beside the cluster, removed with it. */
  folder: string
  /** Stops the server and deletes everything. */
  remove: () => Promise<void>
}

/** A Postgres for one run, in a temporary folder: fast rather than durable. Also removes what killed runs left. */
export async function startThrowAwayPostgres(): Promise<ThrowAwayPostgres> {
  await removeAbandoned()
  const root = mkdtempSync(join(tmpdir(), PREFIX))
  chmodSync(root, 0o711)
  writeFileSync(join(root, OWNER), JSON.stringify(identify(process.pid)))
  const folder = join(root, 'files')
  mkdirSync(folder)
  try {
    const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
    const postgres = await startEmbeddedPostgres(join(root, 'postgres'), { settings })
    return { ...postgres, folder, remove: () => removeThrowAway(root, postgres) }
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
