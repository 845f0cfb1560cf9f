import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { stopEmbeddedPostgres } from '#bin/postgres/postgres'
import { findPostgresHome } from '#bin/postgres/postgres-home'
import { startPostgresService } from '#bin/postgres/postgres-service'
import { withClient } from '#bin/postgres/with-client'
import { createLifecycle, type Lifecycle } from '#bin/process/lifecycle'

const root = mkdtempSync(join(tmpdir(), 'greenroom-postgres-service-'))
const folder = join(root, 'postgres')
const cluster = () => findPostgresHome(folder).cluster
let lifecycle: Lifecycle
const log = () => join(cluster(), 'server.log')
/** Looks all the time, so that it would see each moment of a recovery. */
const start = (pauses = [10, 250, 500]) =>
  startPostgresService(folder, { password: 'secret' }, lifecycle, { lookEvery: 5, pauses })
const PATIENCE = { timeout: 25_000, interval: 10 }
let said = ''

beforeAll(() => chmodSync(root, 0o711))
beforeEach(() => {
  lifecycle = createLifecycle()
  said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text
    return true
  })
})
afterEach(async () => {
  await lifecycle.stop()
  vi.restoreAllMocks()
})

afterAll(async () => {
  rmSync(await stopEmbeddedPostgres(folder), { recursive: true, force: true })
  rmSync(root, { recursive: true, force: true })
})

test('when the server process dies it is started again on the same port', async () => {
  const url = await start()
  const dead = serverPid()
  process.kill(dead, 'SIGKILL')
  await vi.waitUntil(() => said.includes('• Postgres is back'), PATIENCE)
  expect(serverPid()).not.toBe(dead)
  expect(await askOne(url)).toBe(1)
})

test('when a connection dies the server is left to recover by itself', async () => {
  const url = await start()
  const server = serverPid()
  const begun = readFileSync(log(), 'utf8').length
  await withClient({ connectionString: url }, async (client) => {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    process.kill(rows[0].pid, 'SIGKILL')
    const news = () => readFileSync(log(), 'utf8').slice(begun)
    await vi.waitUntil(() => /reinitializing[\s\S]*ready to accept connections/.test(news()), PATIENCE)
  })
  expect(await askOne(url)).toBe(1)
  expect(serverPid()).toBe(server)
  expect(said).not.toContain('stopped')
})

test('stopping ends a server that is just being started again, and starts no other', async () => {
  await start()
  const dead = serverPid()
  process.kill(dead, 'SIGKILL')
  await vi.waitUntil(() => serverPid() !== dead, PATIENCE)
  await lifecycle.stop()
  expect(serverPid()).toBeNaN()
  expect(said.match(/! Postgres/g)).toHaveLength(1)
})

test('a server that cannot start is given up after several failures, with the reason', async () => {
  await start([10, 10, 10])
  const settings = join(cluster(), 'postgresql.auto.conf')
  appendFileSync(settings, 'no_such_setting = 1\n')
  process.kill(serverPid(), 'SIGKILL')
  await expect(lifecycle.failure).rejects.toThrow(
    /failed 3 times in a row[\s\S]*postgresql\.auto\.conf" contains errors[\s\S]*server\.log/,
  )
  truncateSync(settings)
})

/** NaN while there is none. */
function serverPid(): number {
  try {
    return Number(readFileSync(join(cluster(), 'postmaster.pid'), 'utf8').split('\n')[0] || 'none')
  } catch {
    return Number.NaN
  }
}

function askOne(url: string): Promise<number> {
  return withClient({ connectionString: url }, async (client) => {
    return (await client.query('SELECT 1 AS one')).rows[0].one
  })
}
