import { installBoss } from '#core/queue/boss'
import { applyMigrations } from './migrate.ts'
import { ensureRole, grantToPortal, PORTAL_ROLE } from './roles.ts'
import { withClient } from './with-client.ts'

const ADVISORY_LOCK = 7_260_412

/** The two ways into a portal's database: its owner's, for migrations, and that of web server and worker. */
export type DatabaseUrls = { owner: string; portal: string }

/** Those of a Postgres of one's own; without an owner of its own for migrations, one role is both. */
export function externalDatabase(source: NodeJS.ProcessEnv = process.env): DatabaseUrls | null {
  const portal = source.DATABASE_URL
  return portal ? { portal, owner: source.DATABASE_OWNER_URL || portal } : null
}

/** Those of the embedded Postgres, whose superuser owns everything; the portal's role is made, with this password. */
export async function embeddedDatabase(owner: string, password: string): Promise<DatabaseUrls> {
  await withLock(owner, (client) => ensureRole(client, PORTAL_ROLE, password))
  const portal = new URL(owner)
  Object.assign(portal, { username: PORTAL_ROLE, password: encodeURIComponent(password) })
  return { owner, portal: portal.href }
}

/**
 * Brings a database up to date: migrations, pg-boss's tables, and the rights of the portal's role, which must exist.
 * Returns the names of the migrations. Several processes that ask at once take turns.
 */
export async function prepareDatabase({ owner, portal }: DatabaseUrls): Promise<string[]> {
  return withLock(owner, async (client) => {
    const applied = await applyMigrations(owner)
    await installBoss(owner)
    const role = decodeURIComponent(new URL(portal).username)
    if (role !== decodeURIComponent(new URL(owner).username)) await grantToPortal(client, role)
    return applied
  })
}

const withLock = <T>(url: string, use: Parameters<typeof withClient<T>>[1]): Promise<T> =>
  withClient({ connectionString: url }, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK])
    return use(client)
  })

async function main(): Promise<number> {
  const urls = externalDatabase()
  if (!urls) {
    console.error('Usage: DATABASE_URL=postgres://… [DATABASE_OWNER_URL=…] node bin/postgres/prepare.ts')
    return 2
  }
  const applied = await prepareDatabase(urls)
  console.log(applied.length ? `Applied ${applied.join(', ')}.` : 'Nothing to apply.')
  return 0
}

// Prisma's schema engine leaves a timer of ten seconds, which nobody should wait for.
if (import.meta.main) process.exit(await main())
