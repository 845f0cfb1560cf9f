import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSecrets } from '#bin/launcher/secrets'
import { applyMigrations } from '#bin/postgres/migrate'
import { type DatabaseUrls, embeddedDatabase, externalDatabase, prepareDatabase } from '#bin/postgres/prepare'
import { withClient } from '#bin/postgres/with-client'
import { closeDb, db } from '#core/db'
import { boss, closeBoss } from '#core/queue/boss'
import { createUser } from '#core/user/mutations'
import { runOnServer, serverUrl, withDatabase } from '#test/setup/database'

const name = `greenroom_roles_${process.pid}`
const owner = withDatabase(serverUrl(), name)
const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-roles-'))
let urls: DatabaseUrls

/** A database of an earlier release, in which everything belonged to the one who used it, becomes one of this release. */
beforeAll(async () => {
  await runOnServer(`CREATE DATABASE ${name}`)
  await applyMigrations(owner)
  Object.assign(process.env, { DATABASE_URL: owner, DATA_DIR: dataDir })
  await createUser({
    email: 'ada@example.org',
    name: 'Ada',
    password: 'correct horse battery',
    role: 'admin',
  })
  await closeDb()
  urls = await embeddedDatabase(owner, readSecrets(dataDir).postgresPortalPassword)
  await Promise.all([prepareDatabase(urls), prepareDatabase(urls)])
  process.env.DATABASE_URL = urls.portal
})

afterAll(async () => {
  await closeBoss()
  await closeDb()
  await runOnServer(`DROP DATABASE ${name} WITH (FORCE)`)
  await runOnServer('DROP ROLE greenroom_portal')
  rmSync(dataDir, { recursive: true })
})

const ask = (url: string, sql: string) =>
  withClient({ connectionString: url }, async (client) => (await client.query(sql)).rows)

test('the portal goes on with the rows of before, and with its queue', async () => {
  expect(await ask(urls.portal, 'SELECT current_user AS role')).toEqual([{ role: 'greenroom_portal' }])
  const [ada] = await db().user.findMany()
  expect(ada.name).toBe('Ada')
  await db().user.update({ where: { id: ada.id }, data: { name: 'Ada L.' } })
  expect(await (await boss()).getQueue('render')).toMatchObject({ policy: 'standard' })
  await (await boss()).supervise()
})

test.each([
  ['COPY "User" TO PROGRAM \'cat\'', /permission denied to COPY to or from an external program/],
  ['COPY "User" FROM \'/etc/passwd\'', /permission denied to COPY from a file/],
  ["SELECT pg_read_file('/etc/passwd')", /permission denied for function pg_read_file/],
  ["SELECT lo_import('/etc/passwd')", /permission denied for function lo_import/],
  ['CREATE TABLE mine (n int)', /permission denied for schema public/],
  ['CREATE SCHEMA mine', /permission denied for database/],
  ['CREATE TEMPORARY TABLE mine (n int)', /permission denied to create temporary tables/],
  ['ALTER TABLE "User" DROP COLUMN name', /must be owner of table User/],
  ['DROP TABLE pgboss.job', /must be owner of table job/],
  ['TRUNCATE "User" CASCADE', /permission denied for table User/],
  ['UPDATE "AuditEntry" SET reason = NULL', /permission denied for table AuditEntry/],
  ['DELETE FROM "AuditEntry"', /permission denied for table AuditEntry/],
  ['TRUNCATE "AuditEntry"', /permission denied for table AuditEntry/],
  ["SELECT remove_old_audit(now() - interval '1 day')", /of the last 90 days stay/],
  ['SELECT * FROM _prisma_migrations', /permission denied for table _prisma_migrations/],
  ['CREATE ROLE mine SUPERUSER', /permission denied to create role/],
  ['ALTER ROLE greenroom_portal SUPERUSER', /permission denied to alter role/],
  ['CREATE DATABASE mine', /permission denied to create database/],
  ['SELECT passwd FROM pg_shadow', /permission denied for view pg_shadow/],
  ["ALTER SYSTEM SET archive_command = 'id'", /permission denied to set parameter/],
])('the portal can not %s', async (sql, refusal) => {
  await expect(ask(urls.portal, sql)).rejects.toThrow(refusal)
})

test('a Postgres of one’s own may have an owner for migrations, or one role for all', () => {
  expect(externalDatabase({ NODE_ENV: 'test' })).toBeNull()
  expect(externalDatabase({ NODE_ENV: 'test', DATABASE_URL: 'a' })).toEqual({ owner: 'a', portal: 'a' })
  const both = { NODE_ENV: 'test', DATABASE_URL: 'a', DATABASE_OWNER_URL: 'b' } as const
  expect(externalDatabase(both)).toEqual({ owner: 'b', portal: 'a' })
})
