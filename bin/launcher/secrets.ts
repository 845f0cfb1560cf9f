import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stop } from '#bin/process/say'

export type Secrets = {
  /** Signs the portal's sessions. */
  nextAuthSecret: string
  /** Of the embedded Postgres' superuser, who owns the tables; the launcher alone uses it. */
  postgresPassword: string
  /** Of the role that web server and worker have there. */
  postgresPortalPassword: string
  /** Of the demo's admin. */
  demoPassword: string
}

const random = () => randomBytes(32).toString('base64url')

/** The secrets of a data folder, from secrets.json (mode 600); what is missing there is made up once. */
export function readSecrets(dataDir: string): Secrets {
  const file = join(dataDir, 'secrets.json')
  const known = existsSync(file) ? parse(file) : {}
  const secrets: Secrets = {
    nextAuthSecret: random(),
    postgresPassword: random(),
    postgresPortalPassword: random(),
    demoPassword: randomBytes(9).toString('base64url'),
    ...known,
  }
  if (Object.keys(known).length < Object.keys(secrets).length) save(file, secrets)
  chmodSync(file, 0o600)
  return secrets
}

function parse(file: string): Partial<Secrets> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>
  } catch {
    throw new Stop(`${file} is not valid JSON. Put back the copy from your backup.`)
  }
}

function save(file: string, secrets: Secrets): void {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}
