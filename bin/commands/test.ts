import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt } from '#bin/launcher/build'
import { startThrowAwayPostgres } from '#bin/postgres/throw-away'
import { runNode } from '#bin/process/foreground'
import type { Lifecycle } from '#bin/process/lifecycle'
import { ROOT } from '#bin/process/paths'
import { say, step } from '#bin/process/say'

type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

/** Folders whose tests never open the portal, so that they need no build. */
const WITHOUT_PORTAL = /^(\.\/)?test\/(core|worker|tools)(\/|$)/

/** Settings of a real portal that no test may see. */
const PORTAL_SETTINGS = [
  ...['DATABASE_URL', 'DATA_DIR', 'PORT', 'PUBLIC_URL', 'HOST', 'NODE_ENV'],
  ...['NEXTAUTH_URL', 'NEXTAUTH_SECRET', 'AUTH_TRUST_HOST', 'DEVICE', 'DEVICES', 'ENGINE', 'LOG_LEVEL'],
]

/**
 * Runs the tests on a Postgres and a folder of their own, beside a running portal if there is one.
 * The last line is `N passed, N failed`; a skipped test counts as failed.
 */
export async function test(args: string[], lifecycle: Lifecycle): Promise<number> {
  const filters = args.filter((arg) => !arg.startsWith('-'))
  const needsPortal = filters.length === 0 || !filters.every((filter) => WITHOUT_PORTAL.test(filter))
  const build = needsPortal ? { NEXT_DIST_DIR: await ensureBuilt(lifecycle) } : {}
  const postgres = await step('Starting a Postgres for the tests', async () => {
    const starting = startThrowAwayPostgres()
    lifecycle.onStop(async () => (await starting.catch(() => undefined))?.remove())
    return starting
  })
  const report = join(postgres.folder, 'report.json')
  const tmp = join(postgres.folder, 'tmp')
  mkdirSync(tmp)
  const env = { ...withoutPortal(process.env), ...build, TEST_DATABASE_URL: postgres.url, TMPDIR: tmp }
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const code = await runNode([vitest, 'run', ...reporters, ...args], env)
  const { passed, failed } = count(report, code)
  await lifecycle.stop()
  say(`${passed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

function withoutPortal(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !PORTAL_SETTINGS.includes(name) && !name.startsWith('npm_')),
  ) as NodeJS.ProcessEnv
}

/** A file that could not be loaded, and a run that failed outside any test, count as one failure each. */
function count(file: string, code: number): { passed: number; failed: number } {
  if (!existsSync(file)) return { passed: 0, failed: 1 }
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  const broken = report.testResults.filter(
    (result) => result.status === 'failed' && !result.assertionResults.length,
  )
  const failed = report.numFailedTests + report.numPendingTests + report.numTodoTests + broken.length
  return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
}
