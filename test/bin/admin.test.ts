import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readSecrets } from '#bin/launcher/secrets'
import { withCore } from '#bin/launcher/with-core'
import { applyMigrations } from '#bin/postgres/migrate'
import { type EmbeddedPostgres, startEmbeddedPostgres, stopEmbeddedPostgres } from '#bin/postgres/postgres'
import { createUser } from '#core/user/mutations'
import { resetPassword } from '#core/user/reset'
import { runLauncher } from './launcher-process.ts'

let dataDir: string
let postgres: EmbeddedPostgres

const start = () =>
  startEmbeddedPostgres(join(dataDir, 'postgres'), {
    ...{ password: readSecrets(dataDir).postgresPassword, database: 'greenroom' },
  })
const work = <T>(task: () => Promise<T>) => withCore(postgres.url, dataDir, task)

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'greenroom-admin-'))
  postgres = await start()
  await applyMigrations(postgres.url)
  await work(() =>
    createUser({ email: 'last@example.org', name: 'L', password: 'correct horse battery', role: 'admin' }),
  )
})

afterAll(async () => {
  const cluster = await stopEmbeddedPostgres(join(dataDir, 'postgres'))
  for (const folder of [cluster, dataDir]) rmSync(folder, { recursive: true, force: true })
})

async function run(args: string[], env: Record<string, string> = {}) {
  const { exit, output } = runLauncher(['admin', ...args], env)
  return { code: await exit, output: output() }
}

async function expectLink(output: string, origin: string) {
  const [, from, token] = /(http\S+)\/reset\?token=([\w-]+)/.exec(output) ?? []
  expect(from).toBe(origin)
  const asked = { token, password: `another battery, other horses ${token.slice(0, 4)}` }
  expect(await work(() => resetPassword(asked))).toMatchObject({ outcome: 'reset' })
}

it('prints a link for a new password, whether the portal’s Postgres runs or not, and leaves it as it was', async () => {
  const running = await run(['reset', 'Last@example.org', '--data', dataDir])
  expect(running.code).toBe(0)
  expect(postgres.isRunning()).toBe(true)
  await expectLink(running.output, 'http://localhost:3000')

  await postgres.stop()
  const stopped = await run(['reset', 'last@example.org', '--data', dataDir], {
    PUBLIC_URL: 'https://portal.example/',
  })
  expect(stopped.code).toBe(0)
  expect(postgres.isRunning()).toBe(false)
  postgres = await start()
  await expectLink(stopped.output, 'https://portal.example')

  const named = await run(['reset', 'last@example.org'], { DATABASE_URL: postgres.url })
  await expectLink(named.output, 'http://localhost:3000')
}, 120_000)

it('takes a lost second factor away', async () => {
  await work(async () => {
    const { db } = await import('#core/db')
    await db().user.updateMany({ data: { totpSecret: 'lost', totpSince: new Date() } })
  })
  const reset = await run(['reset-totp', 'Last@example.org', '--data', dataDir])
  expect([reset.code, reset.output]).toEqual([0, expect.stringContaining('password alone')])
  const again = await run(['reset-totp', 'last@example.org', '--data', dataDir])
  expect([again.code, again.output]).toEqual([0, expect.stringContaining('no second factor')])
}, 120_000)

it('says what is wrong', async () => {
  const wrong = [[], ['reset'], ['erase', 'last@example.org'], ['reset', 'a@b', '--force']].map((args) =>
    run(args),
  )
  const unknown = await run(['reset', 'nobody@example.org', '--data', dataDir])
  expect([unknown.code, unknown.output]).toEqual([1, expect.stringContaining('nobody@example.org')])
  const empty = await run(['reset', 'last@example.org', '--data', join(dataDir, 'nothing')])
  expect([empty.code, empty.output]).toEqual([1, expect.stringContaining('--data DIR')])
  for (const { code, output } of await Promise.all(wrong))
    expect([code, output]).toEqual([2, expect.stringContaining('Usage')])
}, 120_000)
