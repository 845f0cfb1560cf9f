import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../bin/free-port.ts'
import { ROOT } from '../../bin/paths.ts'
import { stopEmbeddedPostgres } from '../../bin/postgres.ts'
import { findPostgresHome } from '../../bin/postgres-home.ts'
import { identify, isRunning, type ProcessIdentity } from '../../bin/process-table.ts'
import { type LauncherProcess, runLauncher } from './launcher-process.ts'

const READY = /Greenroom is ready: (\S+)/
const FIRST_START = 240_000
// Half a minute, for machines that are busy with the other tests; alone it takes about 3 s.
const LATER_START = 30_000

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
    expect(first.output()).toMatch(/http:\/\/localhost:\d+\/setup\?token=[\w-]{20,}/)
  })

  test('keeps its secrets to itself', () => {
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600)
    const secrets = Object.values(JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as object)
    const shown = first.output() + readFileSync(join(dataDir, 'logs/web.log'), 'utf8')
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
  await first.says(/The worker stopped/, 5_000)
  await until(() => services().some(({ name, pid }) => name === worker.name && pid !== worker.pid))
})

test('after a SIGKILL of launcher and Postgres the next start takes over', async () => {
  const orphans = services()
  const postgres = postgresPid()
  kill(first.pid, 'SIGKILL')
  await first.exit
  kill(postgres, 'SIGKILL')
  const begin = Date.now()
  first = start()
  await first.says(READY, LATER_START)
  expect(Date.now() - begin).toBeLessThan(LATER_START)
  for (const orphan of orphans) expect(isRunning(orphan)).toBe(false)
  expect((await health()).status).toBe(200)
}, 30_000)

test('an orphaned Postgres is reused', async () => {
  const postgres = postgresPid()
  kill(first.pid, 'SIGKILL')
  await first.exit
  first = start()
  await first.says(READY, LATER_START)
  expect(postgresPid()).toBe(postgres)
}, 30_000)

test('being asked to stop ends everything within 10 s', async () => {
  const running = [...services(), identify(postgresPid())!]
  expect(running.length).toBeGreaterThanOrEqual(3)
  const begin = Date.now()
  kill(first.pid, 'SIGINT')
  expect(await first.exit).toBe(0)
  expect(Date.now() - begin).toBeLessThan(10_000)
  for (const process of running) expect(isRunning(process)).toBe(false)
})

function services(): (ProcessIdentity & { name: string })[] {
  const run = join(dataDir, 'run')
  return readdirSync(run)
    .filter((name) => name.endsWith('.service.json'))
    .map((name) => ({ name, ...(JSON.parse(readFileSync(join(run, name), 'utf8')) as ProcessIdentity) }))
}

function postgresPid(): number {
  const { cluster } = findPostgresHome(join(dataDir, 'postgres'))
  return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0])
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not happen within 10 s.')
    await sleep(50)
  }
}
