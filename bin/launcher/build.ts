import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lifecycle } from '#bin/process/lifecycle'
import { withLock } from '#bin/process/lock'
import { ROOT } from '#bin/process/paths'
import { runTool } from '#bin/process/process-group'
import { identify, isRunning } from '#bin/process/process-table'
import { Stop, step } from '#bin/process/say'

const SOURCES = ['app', 'core', 'messages', 'prisma/schema.prisma']
const SETTINGS = ['package-lock.json', 'package.json', 'tsconfig.json']
const SETTING_PATTERN = /^(next|postcss|tailwind)\.config\.[cm]?[jt]s$|^(proxy|instrumentation)\.ts$/
const LOCK = join(ROOT, '.node/build.lock')
const SERVED = join(ROOT, '.node/served')
/** The second and third are for the time while a portal still serves an older build from the one before. */
const FOLDERS = process.env.NEXT_DIST_DIR
  ? [process.env.NEXT_DIST_DIR]
  : ['.next', '.node/next-2', '.node/next-3']
const TAIL = 40

/**
 * Builds the web app unless there is a build of the present sources, and returns the folder it is in: `.next`,
 * or another one if a running portal serves an older build from there. Launchers take turns.
 */
export async function ensureBuilt(lifecycle: Lifecycle): Promise<string> {
  const hash = sourceHash()
  const present = FOLDERS.find((folder) => stampOf(folder) === hash)
  if (present) return serve(present, lifecycle)
  return withLock(LOCK, 'building', async () => {
    const builtMeanwhile = FOLDERS.find((folder) => stampOf(folder) === sourceHash())
    if (builtMeanwhile) return serve(builtMeanwhile, lifecycle)
    const served = foldersServed()
    const free = FOLDERS.find((folder) => !served.includes(folder))
    if (!free)
      throw new Stop(`Portals with older builds run from ${FOLDERS.join(', ')}. Stop one of them first.`)
    await step('Building the portal (a minute or two)', () => build(free, lifecycle))
    return serve(free, lifecycle)
  })
}

const stampFile = (folder: string) => join(ROOT, folder, 'greenroom-stamp')

function stampOf(folder: string): string | undefined {
  const file = stampFile(folder)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/** Notes that this launcher uses a build, so that another one does not replace it meanwhile. */
function serve(folder: string, lifecycle: Lifecycle): string {
  const file = join(SERVED, `${process.pid}.json`)
  mkdirSync(SERVED, { recursive: true })
  writeFileSync(file, JSON.stringify({ ...identify(process.pid), folder }))
  lifecycle.onStop(() => rmSync(file, { force: true }))
  return folder
}

function foldersServed(): string[] {
  if (!existsSync(SERVED)) return []
  return readdirSync(SERVED).flatMap((name) => {
    const { folder, ...launcher } = JSON.parse(readFileSync(join(SERVED, name), 'utf8'))
    if (isRunning(launcher)) return [folder]
    rmSync(join(SERVED, name), { force: true })
    return []
  })
}

/** Over the contents of the sources; of public/, whose files are large, over names and sizes. */
function sourceHash(): string {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0])
  const settings = readdirSync(ROOT).filter((name) => SETTINGS.includes(name) || SETTING_PATTERN.test(name))
  for (const file of [...SOURCES, ...settings].flatMap(filesOf)) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0')
  }
  for (const file of filesOf('public')) hash.update(`${file}\0${statSync(join(ROOT, file)).size}\0`)
  return hash.digest('hex')
}

function filesOf(path: string): string[] {
  const absolute = join(ROOT, path)
  if (!existsSync(absolute)) return []
  if (statSync(absolute).isFile()) return [path]
  return readdirSync(absolute, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)]))
}

async function build(folder: string, lifecycle: Lifecycle): Promise<void> {
  const hash = sourceHash()
  rmSync(stampFile(folder), { force: true })
  const command = [process.execPath, join(ROOT, 'node_modules/next/dist/bin/next'), 'build']
  const env = { ...process.env, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' }
  const { code, output } = await keepingTsconfig(lifecycle, () =>
    runTool('next-build', command, { ...env, NEXT_DIST_DIR: folder }, lifecycle),
  )
  if (code === 0) return writeFileSync(stampFile(folder), hash)
  const tail = output.trim().split('\n').slice(-TAIL).join('\n')
  throw new Stop(`next build failed:\n\n${tail}\n\nPut right what it names and run the same command again.`)
}

/** Next adds the types of any other build folder to tsconfig.json, a file that is not its to change. */
async function keepingTsconfig<T>(lifecycle: Lifecycle, work: () => Promise<T>): Promise<T> {
  const file = join(ROOT, 'tsconfig.json')
  const before = readFileSync(file, 'utf8')
  const restore = () => {
    if (readFileSync(file, 'utf8') !== before) writeFileSync(file, before)
  }
  lifecycle.onStop(restore)
  return work().finally(restore)
}
