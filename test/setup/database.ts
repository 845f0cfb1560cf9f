import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withClient } from '#bin/postgres/with-client'

export type TestDatabase = {
  /** As web server and worker have it: of a role that owns nothing. */
  url: string
  /** Of whoever owns the tables. */
  ownerUrl: string
  /** An empty data folder, removed by `drop`. */
  dataDir: string
  drop: () => Promise<void>
}

/**
 * A database of one's own with every migration applied and pg-boss installed: a clone of the template
 * that test/setup/global.ts made. Sets DATABASE_URL to it and
 * DATA_DIR to a fresh folder. Close your connections and call `drop` when done (afterAll).
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = serverUrl()
  const name = `greenroom_test_${randomBytes(6).toString('hex')}`
  await runOnServer(`CREATE DATABASE ${name} TEMPLATE ${templateName()}`)
  const ownerUrl = withDatabase(server, name)
  const url = withDatabase(required('TEST_DATABASE_PORTAL_URL'), name)
  const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-test-'))
  Object.assign(process.env, { DATABASE_URL: url, DATA_DIR: dataDir })
  const drop = async () => {
    await runOnServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
  }
  return { url, ownerUrl, dataDir, drop }
}

/** Runs one statement on the test server's own database. */
export async function runOnServer(statement: string): Promise<void> {
  await withClient({ connectionString: serverUrl() }, (client) => client.query(statement))
}

/** The same server, another database. */
export function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

export function serverUrl(): string {
  return required('TEST_DATABASE_URL')
}

export function templateName(): string {
  return required('TEST_DATABASE_TEMPLATE')
}

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run the tests with npm test, or with npx vitest run.`)
  return value
}
