import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { stopEmbeddedPostgres } from '#bin/postgres/postgres'
import { findPostgresHome } from '#bin/postgres/postgres-home'
import { startPostgresService } from '#bin/postgres/postgres-service'
import { createLifecycle, type Lifecycle } from '#bin/process/lifecycle'

const root = mkdtempSync(join(tmpdir(), 'greenroom-postgres-service-'))
const folder = join(root, 'postgres')
const cluster = () => findPostgresHome(folder).cluster
let lifecycle: Lifecycle
const start = (pauses?: number[]) => startPostgresService(folder, { password: 'secret' }, lifecycle, pauses)

beforeAll(() => chmodSync(root, 0o711))
beforeEach(() => {
  lifecycle = createLifecycle()
})
afterEach(() => lifecycle.stop())

afterAll(async () => {
  rmSync(await stopEmbeddedPostgres(folder), { recursive: true, force: true })
  rmSync(root, { recursive: true, force: true })
})

test('when the server process dies it is started again on the same port', async () => {
  const url = await start()
  const dead = serverPid()
  process.kill(dead, 'SIGKILL')
  await until(() => serverPid() !== dead && answers(url))
})

test('when a connection dies the server is left to recover by itself', async () => {
  const url = await start()
  const server = serverPid()
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  process.kill(rows[0].pid, 'SIGKILL')
  await sleep(1_500)
  await until(() => answers(url))
  expect(serverPid()).toBe(server)
})

test('stopping ends a server that is just being started again, and starts no other', async () => {
  await start()
  const dead = serverPid()
  process.kill(dead, 'SIGKILL')
  await until(() => serverPid() !== dead)
  const begin = Date.now()
  await lifecycle.stop()
  expect(Date.now() - begin).toBeLessThan(5_000)
  await sleep(1_500)
  expect(serverPid()).toBeNaN()
})

test('a server that cannot start is given up after several failures, with the reason', async () => {
  await start([10, 10, 10])
  appendFileSync(join(cluster(), 'postgresql.auto.conf'), 'no_such_setting = 1\n')
  process.kill(serverPid(), 'SIGKILL')
  await expect(lifecycle.failure).rejects.toThrow(
    /failed 3 times in a row[\s\S]*postgresql\.auto\.conf" contains errors[\s\S]*server\.log/,
  )
})

/** NaN while there is none. */
function serverPid(): number {
  try {
    return Number(readFileSync(join(cluster(), 'postmaster.pid'), 'utf8').split('\n')[0] || 'none')
  } catch {
    return Number.NaN
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query('SELECT 1 AS one')).rows[0].one === 1
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('It did not happen within 15 s.')
    await sleep(25)
  }
}
