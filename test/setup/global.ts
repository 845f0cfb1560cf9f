import { randomBytes } from 'node:crypto'
import { prepareDatabase } from '#bin/postgres/prepare'
import { ensureRole } from '#bin/postgres/roles'
import { startThrowAwayPostgres } from '#bin/postgres/throw-away'
import { withClient } from '#bin/postgres/with-client'
import { runOnServer, serverUrl, templateName, withDatabase } from './database.ts'

/**
 * Before all tests: a Postgres (TEST_DATABASE_URL, or a throw-away one), on it a role for the portal that owns nothing,
 * and the template database that createTestDatabase() clones. After all tests they are gone.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const started = process.env.TEST_DATABASE_URL ? undefined : await startThrowAwayPostgres()
  if (started) process.env.TEST_DATABASE_URL = started.url
  const name = randomBytes(4).toString('hex')
  process.env.TEST_DATABASE_TEMPLATE = `greenroom_template_${name}`
  const role = `greenroom_portal_${name}`
  try {
    await createTemplate(role)
  } catch (error) {
    await started?.remove()
    throw error
  }
  return async () => {
    if (started) return started.remove()
    await runOnServer(`DROP DATABASE IF EXISTS ${templateName()} WITH (FORCE)`)
    await runOnServer(`DROP ROLE IF EXISTS ${role}`)
  }
}

async function createTemplate(role: string): Promise<void> {
  const password = randomBytes(9).toString('hex')
  await withClient({ connectionString: serverUrl() }, (client) => ensureRole(client, role, password))
  const portal = Object.assign(new URL(serverUrl()), { username: role, password }).href
  process.env.TEST_DATABASE_PORTAL_URL = portal
  await runOnServer(`CREATE DATABASE ${templateName()}`)
  const [owner, inTemplate] = [serverUrl(), portal].map((url) => withDatabase(url, templateName()))
  await prepareDatabase({ owner, portal: inTemplate })
  // What no portal may: it empties what one test wrote down for the next.
  await withClient({ connectionString: owner }, (client) =>
    client.query(`GRANT TRUNCATE ON "AuditEntry" TO ${role}`),
  )
}
