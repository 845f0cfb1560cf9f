import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyMigrations, MIGRATION_LOCK } from '#bin/postgres/migrate'
import { withClient } from '#bin/postgres/with-client'
import { runOnServer, serverUrl, withDatabase } from '#test/setup/database'

const name = `greenroom_migrations_${process.pid}`

beforeAll(() => runOnServer(`CREATE DATABASE ${name}`))
afterAll(() => runOnServer(`DROP DATABASE ${name} WITH (FORCE)`))

test('migrations apply once, even when two processes ask at the same time', async () => {
  const url = withDatabase(serverUrl(), name)
  const [first, second] = await Promise.all([applyMigrations(url), applyMigrations(url)])
  expect([first.length, second.length].sort()).toEqual([0, Math.max(first.length, second.length)])
  expect(first.length + second.length).toBeGreaterThan(0)
  expect(await applyMigrations(url)).toEqual([])
  expect(await finishedMigrations(url)).toBe(first.length + second.length)
})

test('who migrates waits for another that does', async () => {
  const url = withDatabase(serverUrl(), name)
  await withClient({ connectionString: url }, async (other) => {
    await other.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    const waiting = 'SELECT FROM pg_locks WHERE objid = $1 AND NOT granted'
    let over = false
    const migrating = applyMigrations(url).finally(() => (over = true))
    await expect.poll(async () => over || (await other.query(waiting, [MIGRATION_LOCK])).rowCount).toBe(1)
    await other.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK])
    await migrating
  })
})

async function finishedMigrations(url: string): Promise<number> {
  const { rows } = await withClient({ connectionString: url }, (client) =>
    client.query('SELECT count(*)::int AS n FROM _prisma_migrations WHERE finished_at IS NOT NULL'),
  )
  return rows[0].n
}
