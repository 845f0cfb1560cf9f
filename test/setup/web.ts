import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '#bin/process/free-port'
import type { TestDatabase } from './database.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const BUILD = process.env.NEXT_DIST_DIR ?? '.next'

export type Web = {
  /** Where it answers, e.g. `http://127.0.0.1:40123`. */
  origin: string
  process: ChildProcess
  /** What it wrote so far, for a test that fails. */
  output: () => string
  stop: () => Promise<void>
}

/**
 * A real web process, `next start` on the present build, with a database and a data folder.
 * Resolves once its health page answers. `npm test` builds first.
 */
export async function startWeb(database: TestDatabase, settings: Record<string, string> = {}): Promise<Web> {
  const origin = `http://127.0.0.1:${await freePort()}`
  const started = spawn(process.execPath, webArguments(origin), {
    cwd: ROOT,
    env: { ...webEnvironment(database, origin), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [started.stdout, started.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000)
    })
  const web = { origin, process: started, output: () => output, stop: () => stopProcess(started) }
  try {
    await untilHealthy(web)
  } catch (error) {
    await web.stop()
    throw error
  }
  return web
}

/** Node's arguments for a web process as the launcher starts it, on the present build. */
export function webArguments(origin: string): string[] {
  if (!existsSync(path.join(ROOT, BUILD, 'BUILD_ID')))
    throw new Error(`There is no build in ${BUILD}: run the tests with npm test.`)
  const { port, hostname } = new URL(origin)
  return [path.join(ROOT, 'node_modules/next/dist/bin/next'), 'start', '-p', port, '-H', hostname]
}

export function webEnvironment(
  database: Pick<TestDatabase, 'url' | 'dataDir'>,
  origin: string,
): NodeJS.ProcessEnv {
  const { AUTH_TRUST_HOST: _, VITEST: __, ...inherited } = process.env
  return {
    ...inherited,
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    DATA_DIR: database.dataDir,
    NEXTAUTH_SECRET: 'only-for-tests-only-for-tests',
    NEXTAUTH_URL: origin,
    NEXT_TELEMETRY_DISABLED: '1',
  }
}

async function untilHealthy({ origin, process: started, output }: Web): Promise<void> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    if (started.exitCode !== null) throw new Error(`The web process stopped while starting:\n${output()}`)
    const healthy = await fetch(`${origin}/api/health`).then(
      (response) => response.ok,
      () => false,
    )
    if (healthy) return
    await sleep(50)
  }
  throw new Error(`The web process did not become healthy:\n${output()}`)
}

async function stopProcess(started: ChildProcess): Promise<void> {
  if (started.exitCode !== null || started.signalCode !== null) return
  const ended = new Promise((resolve) => started.once('exit', resolve))
  started.kill('SIGTERM')
  const patience = setTimeout(() => started.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(patience)
}
