import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { applyMigrations } from '#bin/postgres/migrate'
import { startThrowAwayPostgres } from '#bin/postgres/throw-away'
import { runOnServer, serverUrl, templateName, withDatabase } from './database.ts'

/**
 * Before all tests: a Postgres (TEST_DATABASE_URL, or a throw-away one) and on it the template database
 * that createTestDatabase() clones. After all tests both are gone.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const started = process.env.TEST_DATABASE_URL ? undefined : await startThrowAwayPostgres()
  if (started) process.env.TEST_DATABASE_URL = started.url
  process.env.TEST_DATABASE_TEMPLATE = `greenroom_template_${randomBytes(4).toString('hex')}`
  try {
    await createTemplate()
  } catch (error) {
    await started?.remove()
    throw error
  }
  return async () => {
    if (started) await started.remove()
    else await runOnServer(`DROP DATABASE IF EXISTS ${templateName()} WITH (FORCE)`)
  }
}

async function createTemplate(): Promise<void> {
  await runOnServer(`CREATE DATABASE ${templateName()}`)
  const url = withDatabase(serverUrl(), templateName())
  await applyMigrations(url)
  const { boss, closeBoss } = await import('#core/queue/boss')
  process.env.DATABASE_URL = url
  process.env.DATA_DIR = tmpdir()
  try {
    await boss()
  } finally {
    await closeBoss()
    delete process.env.DATABASE_URL
    delete process.env.DATA_DIR
  }
}
