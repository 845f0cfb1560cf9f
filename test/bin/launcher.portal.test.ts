import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { withCore } from '#bin/launcher/with-core'
import { stopEmbeddedPostgres } from '#bin/postgres/postgres'
import { findPostgresHome } from '#bin/postgres/postgres-home'
import { withClient } from '#bin/postgres/with-client'
import { freePort } from '#bin/process/free-port'
import { ROOT } from '#bin/process/paths'
import { identify, isRunning, type ProcessIdentity } from '#bin/process/process-table'
import { closeBoss } from '#core/queue/boss'
import { setPaused } from '#core/queue/control'
import { findJob } from '#core/render-job/data'
import { createUser, queueJobs } from '#test/setup/factories'
import { type LauncherProcess, runLauncher } from './launcher-process.ts'

const READY = /Greenroom is ready: (\S+)/
const FIRST_START = 240_000
/** Much more than it takes, about 3 s, for machines that are busy with the other tests. */
const PATIENCE = 60_000
vi.setConfig({ testTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'greenroom-launcher-'))
const dataDir = join(folder, 'data')
const launched: LauncherProcess[] = []
let port = 0
let first: LauncherProcess
let changedBefore = ''

const launch = (...args: string[]) => {
  const launcher = runLauncher([...args, '--no-open'])
  launched.push(launcher)
  return launcher
}
const start = () => launch('start', '--data', dataDir, '--port', String(port))
const health = () => fetch(`http://127.0.0.1:${port}/api/health`)
const gitStatus = () => execFileSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' })

beforeAll(async () => {
  port = await freePort()
  changedBefore = gitStatus()
  first = start()
  await first.says(READY, FIRST_START)
}, FIRST_START)

/** Each test finds a portal that runs, whatever the one before it did. */
beforeEach(async () => {
  if (!first.hasEnded()) return
  first = start()
  await first.says(READY, PATIENCE)
})

afterAll(async () => {
  for (const { pid, exit } of launched) {
    kill(pid, 'SIGTERM')
    await Promise.race([exit, sleep(10_000)])
  }
  for (const { pid } of services()) kill(-pid, 'SIGKILL')
  rmSync(await stopEmbeddedPostgres(join(dataDir, 'postgres')), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})

describe('a first start', () => {
  test('serves, and prints a one-time set-up link', async () => {
    expect((await health()).status).toBe(200)
    expect(launched[0].output()).toMatch(/http:\/\/localhost:\d+\/setup\?token=[\w-]{20,}/)
  })

  test('is for this machine alone until told otherwise, and says how', async () => {
    expect(launched[0].output()).toContain('Only this machine can open it. For others: HOST=0.0.0.0')
    const elsewhere = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
    for (const { address, internal, family } of elsewhere)
      if (!internal && family === 'IPv4')
        await expect(fetch(`http://${address}:${port}/api/health`)).rejects.toThrow('fetch failed')
  })

  test('gives web server and worker a way into the database that owns nothing', async () => {
    const { rows } = await withClient({ connectionString: ownerUrl() }, (client) =>
      client.query(`SELECT DISTINCT usename AS role FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`),
    )
    expect(rows).toEqual([{ role: 'greenroom_portal' }])
  })

  test('keeps its secrets to itself', () => {
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600)
    const secrets = Object.values(JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as object)
    const shown = launched[0].output() + readFileSync(join(dataDir, 'logs/web.log'), 'utf8')
    for (const secret of secrets) expect(shown).not.toContain(secret)
  })

  test('changes nothing in the repository', () => {
    expect(gitStatus()).toBe(changedBefore)
  })
})

test('a second start on the same data folder says where the first one runs', async () => {
  const second = start()
  expect(await second.exit).toBe(1)
  expect(second.output()).toContain(`already running at http://localhost:${port} (pid ${first.pid})`)
  expect((await health()).status).toBe(200)
})

test('a port in use is named, with what to do', async () => {
  const other = launch('start', '--data', join(folder, 'other'), '--port', String(port))
  expect(await other.exit).toBe(1)
  expect(other.output()).toContain(`Port ${port} is in use`)
  expect(other.output()).toContain('--port')
})

test('a worker that dies is started again', async () => {
  const worker = services().find(({ name }) => name.startsWith('worker'))!
  kill(worker.pid, 'SIGKILL')
  await first.says(/The worker stopped/, PATIENCE)
  await expect.poll(() => services().find(({ name }) => name === worker.name)?.pid).not.toBe(worker.pid)
})

test('a Postgres that dies is started again, and web, worker and queue are as they were', async () => {
  const { owner, job } = await inPortal(async () => {
    const owner = await createUser('admin')
    await setPaused(true, owner.id)
    const [job] = await queueJobs(owner, 1)
    return { owner, job }
  })
  const before = services()
  const postgres = postgresPid()
  kill(postgres, 'SIGKILL')
  await first.says(/Postgres stopped/, PATIENCE)
  await first.says(/Postgres is back/, PATIENCE)
  await expect.poll(() => health().then(({ status }) => status)).toBe(200)
  expect(postgresPid()).not.toBe(postgres)
  expect(services()).toEqual(before)
  const page = await fetch(`http://127.0.0.1:${port}/setup`)
  expect(await page.text()).toContain('/sign-in')
  expect(await inPortal(() => findJob(job.id, owner))).toMatchObject({ state: 'queued', position: 1 })
})

test('after a SIGKILL of launcher and Postgres the next start takes over', async () => {
  const orphans = services()
  const postgres = postgresPid()
  kill(first.pid, 'SIGKILL')
  await first.exit
  kill(postgres, 'SIGKILL')
  first = start()
  await first.says(READY, PATIENCE)
  for (const orphan of orphans) expect(isRunning(orphan)).toBe(false)
  expect((await health()).status).toBe(200)
})

test('an orphaned Postgres is reused', async () => {
  const postgres = postgresPid()
  kill(first.pid, 'SIGKILL')
  await first.exit
  first = start()
  await first.says(READY, PATIENCE)
  expect(postgresPid()).toBe(postgres)
})

test('being asked to stop ends everything within 10 s', async () => {
  const running = [...services(), identify(postgresPid())!]
  expect(running.length).toBeGreaterThanOrEqual(3)
  kill(first.pid, 'SIGINT')
  // After ten seconds it would end with another code, and say so.
  expect(await first.exit).toBe(0)
  for (const process of running) expect(isRunning(process)).toBe(false)
})

function services(): (ProcessIdentity & { name: string })[] {
  const run = join(dataDir, 'run')
  return readdirSync(run)
    .filter((name) => name.endsWith('.service.json'))
    .map((name) => ({ name, ...(JSON.parse(readFileSync(join(run, name), 'utf8')) as ProcessIdentity) }))
}

function postgresPid(): number {
  return Number(pidFile()[0])
}

function pidFile(): string[] {
  const { cluster } = findPostgresHome(join(dataDir, 'postgres'))
  return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
}

function ownerUrl(): string {
  const { postgresPassword } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'))
  return `postgresql://greenroom:${postgresPassword}@127.0.0.1:${pidFile()[3]}/greenroom`
}

/** Calls core on the portal's database. */
function inPortal<T>(work: () => Promise<T>): Promise<T> {
  return withCore(ownerUrl(), dataDir, () => work().finally(closeBoss))
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}
