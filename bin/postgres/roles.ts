import type pg from 'pg'

/** Who web server and worker are in the embedded Postgres. */
export const PORTAL_ROLE = 'greenroom_portal'

/** Tables of which the portal may add and read rows, and never change or delete one. */
const APPEND_ONLY: readonly string[] = ['AuditEntry']

/** Since this version a role that owns no table may be allowed to vacuum it and to rebuild its indexes. */
const KNOWS_MAINTAIN = 17

/** Creates a role that may do nothing but connect, or gives it this password. The client is a superuser's. */
export async function ensureRole(client: pg.Client, name: string, password: string): Promise<void> {
  const role = client.escapeIdentifier(name)
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name])
  if (rowCount === 0) await client.query(`CREATE ROLE ${role}`)
  await client.query(
    `ALTER ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
     PASSWORD ${client.escapeLiteral(password)}`,
  )
}

/**
 * Gives a role what web server and worker need, and no more: rows, but no table of its own, no other one's definition, no
 * file and no program of the server. The client is that of the tables' owner; rights that this release no longer
 * gives are taken back.
 */
export async function grantToPortal(client: pg.Client, name: string): Promise<void> {
  const role = client.escapeIdentifier(name)
  const { rows } = await client.query(
    `SELECT current_database() AS database, current_setting('server_version_num')::int / 10000 AS version`,
  )
  const maintain = rows[0].version >= KNOWS_MAINTAIN ? ', MAINTAIN' : ''
  const statements = [
    `REVOKE TEMPORARY ON DATABASE ${client.escapeIdentifier(rows[0].database)} FROM PUBLIC`,
    `GRANT USAGE ON SCHEMA public, pgboss TO ${role}`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA public, pgboss FROM ${role}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE${maintain} ON ALL TABLES IN SCHEMA public, pgboss TO ${role}`,
    `GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public, pgboss TO ${role}`,
    `REVOKE ALL ON _prisma_migrations FROM ${role}`,
    ...APPEND_ONLY.map((table) => `REVOKE UPDATE, DELETE ON ${client.escapeIdentifier(table)} FROM ${role}`),
  ]
  await client.query(`BEGIN; ${statements.join('; ')}; COMMIT`)
}
