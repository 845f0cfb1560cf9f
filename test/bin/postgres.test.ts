import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#bin/postgres/postgres'
import { withClient } from '#bin/postgres/with-client'
import { identify } from '#bin/process/process-table'

const root = mkdtempSync(join(tmpdir(), 'greenroom-postgres-'))
const start = () =>
  startEmbeddedPostgres(join(root, 'postgres'), { password: "it's / secret", database: 'greenroom' })
let postgres: EmbeddedPostgres

beforeAll(async () => {
  chmodSync(root, 0o711)
  postgres = await start()
  await query('CREATE TABLE kept (n int)')
})

afterAll(async () => {
  await postgres.stop()
  rmSync(postgres.cluster, { recursive: true, force: true })
  rmSync(root, { recursive: true, force: true })
})

test('it wants the password and listens on this machine alone', async () => {
  const wrong = withClient({ connectionString: postgres.url.replace(/:[^:@]+@/, ':wrong@') }, async () => {})
  await expect(wrong).rejects.toThrow(/password authentication failed/)
  expect(await query('SHOW listen_addresses')).toEqual({ listen_addresses: '127.0.0.1' })
  expect(await query('SHOW server_encoding')).toEqual({ server_encoding: 'UTF8' })
})

test('a running one is taken over', async () => {
  const again = await start()
  expect(again.reused).toBe(true)
  expect(again.url).toBe(postgres.url)
})

test('after SIGKILL it recovers on the same port with its data', async () => {
  const pid = Number(readFileSync(join(postgres.cluster, 'postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => identify(pid)).toBeUndefined()
  const { url } = postgres
  postgres = await start()
  expect(postgres).toMatchObject({ url, reused: false })
  expect(await query('SELECT count(*)::int AS n FROM kept')).toEqual({ n: 0 })
})

test('a server that still starts or recovers is waited for', async () => {
  await postgres.stop()
  const { cluster, port } = postgres
  // What a server that recovers looks like from outside: for as long as a test wants.
  const server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', `postgres -D ${cluster}`])
  const pidFile = [server.pid, cluster, Date.now(), port, '', '127.0.0.1', '', 'starting']
  writeFileSync(join(cluster, 'postmaster.pid'), pidFile.join('\n'))
  const starting = start()
  const early = await Promise.race([starting.then(String, String), sleep(500, 'waits')])
  server.kill('SIGKILL')
  expect(early).toBe('waits')
  postgres = await starting
  expect(await query('SELECT count(*)::int AS n FROM kept')).toEqual({ n: 0 })
})

test('when its port is taken it finds another one', async () => {
  const { port } = postgres
  await postgres.stop()
  const squatter = createServer().listen(port, '127.0.0.1')
  try {
    postgres = await start()
    expect(postgres.port).not.toBe(port)
    expect(await query('SELECT 1 AS one')).toEqual({ one: 1 })
  } finally {
    squatter.close()
  }
})

function query(text: string): Promise<unknown> {
  return withClient({ connectionString: postgres.url }, async (client) => (await client.query(text)).rows[0])
}
