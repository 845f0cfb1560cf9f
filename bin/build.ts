import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lifecycle } from './lifecycle.ts'
import { withLock } from './lock.ts'
import { ROOT } from './paths.ts'
import { runTool } from './process-group.ts'
import { Stop, step } from './say.ts'

const SOURCES = ['app', 'core', 'messages', 'prisma/schema.prisma']
const SETTINGS = ['package-lock.json', 'package.json', 'tsconfig.json']
const SETTING_PATTERN = /^(next|postcss|tailwind)\.config\.[cm]?[jt]s$|^(proxy|instrumentation)\.ts$/
const STAMP = join(ROOT, '.next/greenroom-stamp')
const LOCK = join(ROOT, '.node/build.lock')
const TAIL = 40

/** Builds the web app into .next unless the build there is of the present sources. Launchers take turns. */
export async function ensureBuilt(lifecycle: Lifecycle): Promise<void> {
  if (built()) return
  await withLock(LOCK, 'building', async () => {
    if (!built()) await step('Building the portal (a minute or two)', () => build(lifecycle))
  })
}

const built = () => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sourceHash()

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

async function build(lifecycle: Lifecycle): Promise<void> {
  const hash = sourceHash()
  rmSync(STAMP, { force: true })
  const command = [process.execPath, join(ROOT, 'node_modules/next/dist/bin/next'), 'build']
  const env = { ...process.env, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' }
  const { code, output } = await runTool('next-build', command, env, lifecycle)
  if (code === 0) return writeFileSync(STAMP, hash)
  const tail = output.trim().split('\n').slice(-TAIL).join('\n')
  throw new Stop(`next build failed:\n\n${tail}\n\nPut right what it names and run the same command again.`)
}
