import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ensureBuilt } from '#bin/launcher/build'
import { startThrowAwayPostgres } from '#bin/postgres/throw-away'
import { runNode } from '#bin/process/foreground'
import type { Lifecycle } from '#bin/process/lifecycle'
import { say, step } from '#bin/process/say'
import { needsPortal, selectFiles, VITEST, WITHOUT_MEDIA_AND_PORTAL } from './test-files.ts'
import { type Count, count, recordSeconds } from './test-report.ts'

/** Settings of a real portal that no test may see. */
const PORTAL_SETTINGS = [
  ...['DATABASE_URL', 'DATABASE_OWNER_URL', 'DATA_DIR', 'PORT', 'PUBLIC_URL', 'HOST', 'NODE_ENV'],
  ...['AUDIT_DAYS', 'SESSION_IDLE_HOURS', 'SESSION_DAYS', 'SMTP_URL', 'MAIL_FROM', 'TRUSTED_PROXIES'],
  ...['REQUIRE_TOTP', 'OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ALLOWED_DOMAINS'],
  ...['OIDC_ROLE_CLAIM', 'OIDC_ROLES', 'OIDC_LABEL', 'OIDC_SCOPES', 'OIDC_ONLY'],
  ...['NEXTAUTH_URL', 'NEXTAUTH_SECRET', 'AUTH_TRUST_HOST', 'DEVICE', 'DEVICES', 'ENGINE', 'LOG_LEVEL'],
]

/**
 * Runs the tests on a Postgres and a folder of their own, beside a running portal if there is one: all, or those whose
 * path or name has the pattern in it. `--quick` leaves out those that need media or the portal, `--shuffle` runs files
 * and tests in a random order, `--record` notes for later runs which files take long; other options are vitest's. The last line is `N passed, N failed`; a skipped test counts as failed.
 */
export async function test(args: string[], lifecycle: Lifecycle): Promise<number> {
  const quick = args.includes('--quick')
  const selection = await selectFiles(vitestArguments(args))
  if (selection.files.length === 0) {
    say(`No test has this in its path, or written out in its name: ${args.join(' ')}`)
    return sum({ passed: 0, failed: 1 })
  }
  const build = needsPortal(selection.files) ? { NEXT_DIST_DIR: await ensureBuilt(lifecycle) } : {}
  const postgres = await step('Starting a Postgres for the tests', async () => {
    const starting = startThrowAwayPostgres()
    lifecycle.onStop(async () => (await starting.catch(() => undefined))?.remove())
    return starting
  })
  const report = join(postgres.folder, 'report.json')
  const tmp = join(postgres.folder, 'tmp')
  mkdirSync(tmp)
  const absent = quick ? quickSettings(postgres.folder) : {}
  const env = {
    ...withoutPortal(process.env),
    ...build,
    ...absent,
    TEST_DATABASE_URL: postgres.url,
    TMPDIR: tmp,
  }
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await runNode([VITEST, 'run', ...reporters, ...selection.args], env)
  const counted = count(report, code, selection.named)
  if (args.includes('--record') && counted.failed === 0) recordSeconds(report)
  await lifecycle.stop()
  return sum(counted)
}

function sum({ passed, failed }: Count): number {
  say(`${passed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

function vitestArguments(args: string[]): string[] {
  return args.flatMap((arg) => {
    if (arg === '--quick') return WITHOUT_MEDIA_AND_PORTAL
    if (arg === '--record') return []
    return arg === '--shuffle' ? ['--sequence.shuffle'] : [arg]
  })
}

/**
 * Quick tests try properties on few cases. Where one looks for media programs or a browser, it finds one that says what
 * is wrong with the test.
 */
function quickSettings(folder: string): Record<string, string> {
  const programs = join(folder, 'absent')
  mkdirSync(programs)
  for (const name of ['ffmpeg', 'ffprobe', 'chromium'])
    writeFileSync(join(programs, name), ABSENT, { mode: 0o755 })
  return {
    PATH: programs + delimiter + process.env.PATH,
    FFMPEG_PATH: join(programs, 'ffmpeg'),
    FFPROBE_PATH: join(programs, 'ffprobe'),
    CHROMIUM_PATH: join(programs, 'chromium'),
    NEXT_DIST_DIR: join(programs, 'no-build'),
    PROPERTY_RUNS: process.env.PROPERTY_RUNS ?? '4',
  }
}

const ABSENT = `#!/bin/sh
echo "Quick tests have no $(basename "$0"): a file that needs it is called X.media.test.ts or X.portal.test.ts." >&2
exit 1
`

function withoutPortal(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !PORTAL_SETTINGS.includes(name) && !name.startsWith('npm_')),
  ) as NodeJS.ProcessEnv
}
