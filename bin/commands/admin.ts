/**
 * Ways back in for whoever can reach this machine's terminal: `npm run admin -- reset EMAIL [--data DIR]` prints a
 * one-time link for a new password, `reset-totp EMAIL` takes a lost second factor away. Exit codes: 0 done, 1 not
 * possible, 2 wrong arguments.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readSecrets } from '#bin/launcher/secrets'
import { withCore } from '#bin/launcher/with-core'
import { startEmbeddedPostgres } from '#bin/postgres/postgres'
import { type DatabaseUrls, embeddedDatabase, externalDatabase, prepareDatabase } from '#bin/postgres/prepare'
import { ROOT } from '#bin/process/paths'
import { Stop } from '#bin/process/say'

const USAGE = 'Usage: npm run admin -- reset|reset-totp EMAIL [--data DIR]'

const COMMANDS: Record<string, (email: string, dataDir: string) => Promise<string>> = {
  reset: resetLink,
  'reset-totp': resetSecondFactor,
}

// Prisma's schema engine leaves a timer of ten seconds, which nobody should wait for.
process.exit(await main(process.argv.slice(2)))

async function main(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      ...{ args, allowPositionals: true },
      options: { data: { type: 'string' } },
    })
    const [name, email] = positionals
    const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : null
    if (!command || !email || positionals.length > 2) throw new TypeError(`\n${USAGE}`)
    const dataDir = resolve(values.data ?? process.env.DATA_DIR ?? join(ROOT, 'data'))
    console.log(await withPortal(dataDir, () => command(email, dataDir)))
    return 0
  } catch (error) {
    if (error instanceof Stop) console.error(`✗ ${error.message}`)
    else if (error instanceof TypeError) console.error(`${error.message.trim()}\n${USAGE}`)
    else throw error
    return error instanceof Stop ? 1 : 2
  }
}

async function resetLink(email: string, dataDir: string): Promise<string> {
  const { createResetLinkFor } = await import('#core/user/reset')
  const link = await createResetLinkFor(email)
  if (!link) throw new Stop(`Nobody has the address ${email}.`)
  return `${portalUrl(dataDir)}/reset?token=${link.token}`
}

async function resetSecondFactor(email: string): Promise<string> {
  const { resetTotpFor } = await import('#core/user/second-factor')
  const outcome = await resetTotpFor(email)
  if (outcome === 'not_found') throw new Stop(`Nobody has the address ${email}.`)
  return outcome === 'reset'
    ? `${email} signs in with the password alone now, and is signed out everywhere.`
    : `${email} has no second factor.`
}

function withPortal<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  return withDatabase(dataDir, async (urls) => {
    await prepareDatabase(urls)
    return withCore(urls.portal, dataDir, work)
  })
}

/** DATABASE_URL, or the data folder's own Postgres, which is stopped again unless a portal runs on it. */
async function withDatabase<T>(dataDir: string, use: (urls: DatabaseUrls) => Promise<T>): Promise<T> {
  const external = externalDatabase()
  if (external) return use(external)
  const folder = join(dataDir, 'postgres')
  if (!existsSync(folder) || !existsSync(join(dataDir, 'secrets.json')))
    throw new Stop(
      `There is no portal's data in ${dataDir}. Name its folder: --data DIR, or set DATABASE_URL.`,
    )
  const { postgresPassword: password, postgresPortalPassword } = readSecrets(dataDir)
  const postgres = await startEmbeddedPostgres(folder, { password, database: 'greenroom' })
  try {
    return await use(await embeddedDatabase(postgres.url, postgresPortalPassword))
  } finally {
    if (!postgres.reused) await postgres.stop()
  }
}

/** Where people open the portal: as it is set, or as a running one says. */
function portalUrl(dataDir: string): string {
  if (process.env.PUBLIC_URL) return process.env.PUBLIC_URL.replace(/\/+$/, '')
  const running = join(dataDir, 'run/launcher.json')
  const { url } = existsSync(running) ? (JSON.parse(readFileSync(running, 'utf8')) as { url?: string }) : {}
  return url ?? `http://localhost:${process.env.PORT ?? 3000}`
}
