import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '#bin/process/free-port'
import { commandLine } from '#bin/process/process-table'
import { createOwned, findPostgresHome, type PostgresHome } from './postgres-home.ts'
import { withClient } from './with-client.ts'

export type EmbeddedPostgres = {
  /** Connection string of `database`, as the superuser. */
  url: string
  port: number
  /** The folder that holds the files; another one than asked for when only root may look there. */
  cluster: string
  /** Whether it was running already, left behind by a launcher that was killed. */
  reused: boolean
  /** The file of what the server says. */
  log: string
  /** Whether a server process is there, be it one that still starts. */
  isRunning: () => boolean
  stop: () => Promise<void>
}

export type PostgresOptions = {
  /** The superuser's password; must be the same at every start of one folder. Random if left out. */
  password?: string
  /** Created if missing. */
  database?: string
  settings?: Record<string, string | number>
  /** No other port will do; left out, it is that of the last start, or another one if that is taken. */
  port?: number
}

const USER = 'greenroom'
const PID_FILE = 'postmaster.pid'
const CONFIG = 'greenroom.conf'
const LARGE_LOG = 10_000_000
const START_WITHIN_SECONDS = 60
const SETTINGS = {
  listen_addresses: "'127.0.0.1'",
  unix_socket_directories: "''",
  max_connections: 200,
  shared_buffers: '128MB',
  timezone: "'UTC'",
  log_timezone: "'UTC'",
}

/**
 * Starts the Postgres whose files are in `folder`, creating it the first time, and waits until it answers.
 * A server left running by a killed launcher is taken over; one that was killed itself recovers.
 */
export async function startEmbeddedPostgres(
  folder: string,
  options: PostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const home = findPostgresHome(folder)
  const password = options.password ?? randomBytes(18).toString('base64url')
  if (!existsSync(home.cluster) || !existsSync(join(home.cluster, 'PG_VERSION'))) {
    await createCluster(home, password)
  }
  const running = await runningPort(home)
  const port = running ?? (await startServer(home, options))
  const url = await openDatabase(port, password, options.database ?? 'postgres', home)
  return {
    ...{ url, port, cluster: home.cluster, reused: running !== undefined, log: logOf(home) },
    isRunning: () => findServer(home) !== undefined,
    stop: () => stopServer(home),
  }
}

/** Stops the server of `folder` if one runs, and returns the folder that holds its files. */
export async function stopEmbeddedPostgres(folder: string): Promise<string> {
  const home = findPostgresHome(folder)
  await stopServer(home)
  return home.cluster
}

/** Made beside its final place and renamed, so that a cluster is either whole or not there. */
async function createCluster(home: PostgresHome, password: string): Promise<void> {
  const half = `${home.cluster}.new`
  const passwordFile = `${half}.password`
  rmSync(half, { recursive: true, force: true })
  rmSync(passwordFile, { force: true })
  createOwned(half, home.runAs)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (home.runAs) chownSync(passwordFile, home.runAs.uid, home.runAs.gid)
  try {
    await runProgram(home, 'initdb', [
      ...['-D', half, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8'],
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ])
  } finally {
    rmSync(passwordFile, { force: true })
  }
  appendFileSync(join(half, 'postgresql.conf'), `\ninclude_if_exists = '${CONFIG}'\n`)
  rmSync(home.cluster, { recursive: true, force: true })
  renameSync(half, home.cluster)
}

/** The port of a server that runs on this cluster already; one that still starts, or stops, is waited for. */
async function runningPort(home: PostgresHome): Promise<number | undefined> {
  const deadline = Date.now() + START_WITHIN_SECONDS * 1000
  for (;;) {
    const server = findServer(home)
    if (!server || server.ready || Date.now() > deadline) return server?.port
    await sleep(100)
  }
}

/** The server process that runs on this cluster now, by its postmaster.pid. */
function findServer(home: PostgresHome): { port: number; ready: boolean } | undefined {
  const [pid, , , port, , , , status] = readPidFile(home).split('\n')
  if (!isPostgresOf(Number(pid), home.cluster)) return undefined
  return { port: Number(port), ready: status?.trim() === 'ready' }
}

/** Empty where there is none; a server removes its own when it ends. */
function readPidFile(home: PostgresHome): string {
  try {
    return readFileSync(join(home.cluster, PID_FILE), 'utf8')
  } catch {
    return ''
  }
}

function isPostgresOf(pid: number, cluster: string): boolean {
  const command = commandLine(pid)
  return command.includes('postgres') && command.includes(cluster)
}

/** On the given port there is one attempt; else up to three, the later ones on other ports. */
async function startServer(home: PostgresHome, options: PostgresOptions): Promise<number> {
  // What a killed server left: its number may be another process's by now.
  rmSync(join(home.cluster, PID_FILE), { force: true })
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort(attempt === 1 ? rememberedPort(home) : undefined))
    const lines = Object.entries({ ...SETTINGS, ...options.settings, port }).map(
      ([key, value]) => `${key} = ${value}`,
    )
    writeFileSync(join(home.cluster, CONFIG), `# Written by Greenroom at every start.\n${lines.join('\n')}\n`)
    startNewLog(home)
    try {
      await runProgram(home, 'pg_ctl', [
        ...['-D', home.cluster, '-l', logOf(home)],
        ...['-w', '-t', String(START_WITHIN_SECONDS), '-s', 'start'],
      ])
      return port
    } catch (error) {
      if (options.port || attempt === 3) throw error
      await sleep(1000)
    }
  }
}

/** What a server says is little; a log that years have made large is put aside, and replaces the one before it. */
function startNewLog(home: PostgresHome): void {
  const log = logOf(home)
  if (existsSync(log) && statSync(log).size > LARGE_LOG) renameSync(log, `${log}.1`)
}

const logOf = (home: PostgresHome) => join(home.cluster, 'server.log')

function rememberedPort(home: PostgresHome): number | undefined {
  const file = join(home.cluster, CONFIG)
  const found = existsSync(file) && /^port = (\d+)$/m.exec(readFileSync(file, 'utf8'))
  return found ? Number(found[1]) : undefined
}

async function openDatabase(port: number, password: string, database: string, home: PostgresHome) {
  const base = `postgresql://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}`
  const config = { connectionString: `${base}/postgres`, connectionTimeoutMillis: 15_000 }
  try {
    await withClient(config, async (client) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
      if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`)
    })
  } catch (error) {
    throw explain(error, home)
  }
  return `${base}/${database}`
}

async function stopServer(home: PostgresHome): Promise<void> {
  if (!findServer(home)) return
  const stop = (mode: string, seconds: string) =>
    runProgram(home, 'pg_ctl', ['-D', home.cluster, '-m', mode, '-w', '-t', seconds, '-s', 'stop'])
  await stop('fast', '3').catch(() => stop('immediate', '2'))
}

async function runProgram(home: PostgresHome, program: string, args: string[]): Promise<void> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C' } as unknown as NodeJS.ProcessEnv
  try {
    await promisify(execFile)(join(home.programs, 'bin', program), args, { ...home.runAs, cwd: '/', env })
  } catch (error) {
    throw explain(error, home)
  }
}

function explain(error: unknown, home: PostgresHome): Error {
  const log = logOf(home)
  const said = error instanceof Error ? (error as { stderr?: string }).stderr || error.message : String(error)
  const tail = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-3).join('\n  ') : ''
  const wrongPassword = (error as { code?: string }).code === '28P01'
  const advice = wrongPassword
    ? 'secrets.json does not hold its password any more: put the old file back.'
    : `Its log is ${log}.`
  return new Error(`The embedded Postgres did not start: ${said.trim()}\n  ${tail}\n${advice}`)
}
