import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyMigrations } from '#bin/postgres/migrate'
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

async function finishedMigrations(url: string): Promise<number> {
  const { rows } = await withClient({ connectionString: url }, (client) =>
    client.query('SELECT count(*)::int AS n FROM _prisma_migrations WHERE finished_at IS NOT NULL'),
  )
  return rows[0].n
}
