// What every npm script starts. Plain JavaScript without dependencies, so that it runs on Node 20 and
// on a clone where nothing is installed yet: it sees to a Node that is new enough and hands over.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST = [24, 2]
const BRING = '24.21.0'
const here = path.dirname(fileURLToPath(import.meta.url))
const nodeHome = path.join(here, '..', '.node')
const packageName = `node-${process.platform}-${process.arch}`
const nodeBin = path.join(nodeHome, 'node_modules', packageName, 'bin')

if (process.platform === 'win32') {
  fail(
    'Greenroom runs on Linux and macOS. On Windows, use it inside WSL: https://learn.microsoft.com/windows/wsl',
  )
} else if (olderThan([20, 0])) {
  fail(
    `Greenroom needs Node 20 or newer to start, and this is ${process.version}. Get one from https://nodejs.org`,
  )
} else if (olderThan(OLDEST)) {
  await bringNode()
  await runAgain()
} else {
  await import('./launcher.ts')
}

function olderThan([major, minor]) {
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number)
  return ownMajor < major || (ownMajor === major && ownMinor < minor)
}

/** Installs into a folder of its own and renames it, so that two at once, or a kill, leave nothing half done. */
async function bringNode() {
  if (existsSync(path.join(nodeBin, 'node'))) return
  console.error(
    `• Getting Node ${BRING} (this is ${process.version}, the portal needs ${OLDEST.join('.')} or newer)`,
  )
  const half = path.join(nodeHome, `fetch-${process.pid}`)
  mkdirSync(half, { recursive: true })
  try {
    const flags = [
      '--no-save',
      '--no-package-lock',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]
    const code = await run(
      'npm',
      ['install', ...flags, '--prefix', half, `${packageName}@${BRING}`],
      process.env,
    )
    if (code !== 0) {
      fail(
        `Could not get Node ${BRING} from the npm registry (see above). ` +
          'Check the network or proxy and try again, or install Node 24 yourself and put it on PATH.',
      )
    }
    mkdirSync(path.join(nodeHome, 'node_modules'), { recursive: true })
    const fetched = path.join(half, 'node_modules', packageName)
    const wanted = path.join(nodeHome, 'node_modules', packageName)
    if (!existsSync(path.join(nodeBin, 'node'))) moveInto(fetched, wanted)
  } finally {
    rmSync(half, { recursive: true, force: true })
  }
}

function moveInto(from, to) {
  try {
    renameSync(from, to)
  } catch (error) {
    if (existsSync(path.join(to, 'bin', 'node'))) return
    if (error.code !== 'EXDEV') throw error
    cpSync(from, to, { recursive: true })
  }
}

/** The same command under the newer Node, which goes first on PATH so that npm and npx use it too. */
async function runAgain() {
  const env = { ...process.env, PATH: nodeBin + path.delimiter + process.env.PATH }
  const script = fileURLToPath(import.meta.url)
  process.exitCode = await run(path.join(nodeBin, 'node'), [script, ...process.argv.slice(2)], env, true)
}

/** With `tied`, the child gets our signals, and an IPC channel by which it notices that we were killed. */
function run(command, args, env, tied = false) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['inherit', 'inherit', 'inherit', ...(tied ? ['ipc'] : [])],
      env,
    })
    if (tied) {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
      child.channel?.unref()
    }
    child.on('error', (error) => {
      if (error.code === 'ENOENT')
        fail(`${command} was not found. Install it (npm comes with Node) and try again.`)
      fail(`${command} did not start: ${error.message}`)
    })
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

function fail(message) {
  console.error(`✗ ${message}`)
  process.exit(1)
}
