import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lifecycle } from './lifecycle.ts'
import { ROOT } from './paths.ts'
import { identify, isRunning, type ProcessIdentity } from './process-table.ts'
import { say } from './say.ts'

export const RECORD = '.service.json'

/** Sends `signal` to a process and all that it started. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid) process.kill(-pid, signal)
  } catch {
    // The group has ended.
  }
}

/** A killed process is gone after so many milliseconds, unless the system itself hangs. */
const KILL_TAKES = 1_000

/** SIGTERM, then SIGKILL for what is left after `grace` milliseconds. Its ports are free when this resolves. */
export async function endGroup(pid: number, grace: number, ended: () => boolean): Promise<void> {
  const wait = async (ms: number) => {
    const deadline = Date.now() + ms
    while (!ended() && Date.now() < deadline) await sleep(25)
  }
  if (!ended()) killGroup(pid, 'SIGTERM')
  await wait(grace)
  killGroup(pid, 'SIGKILL')
  await wait(KILL_TAKES)
}

/** Notes in `file` which process runs, for a launcher that comes after this one was killed. */
export function recordProcess(file: string, pid: number | undefined): void {
  const identity = pid && identify(pid)
  if (!identity) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(identity))
}

/** Ends the processes noted in `folder` that still run: a killed launcher left them behind. */
export async function stopOrphans(folder: string, grace: number): Promise<void> {
  if (!existsSync(folder)) return
  const records = readdirSync(folder).filter((name) => name.endsWith(RECORD))
  await Promise.all(records.map((name) => stopOrphan(join(folder, name), name.replace(RECORD, ''), grace)))
}

async function stopOrphan(file: string, name: string, grace: number): Promise<void> {
  const orphan = readIdentity(file)
  if (orphan && isRunning(orphan)) {
    say(`• Stopping the ${name} that an earlier, killed start left behind (pid ${orphan.pid})`)
    await endGroup(orphan.pid, grace, () => !isRunning(orphan))
  }
  rmSync(file, { force: true })
}

function readIdentity(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}

export type ToolResult = { code: number | null; output: string }

/**
 * Runs a program to its end, in a process group of its own that ends with the launcher; one that survived a
 * killed launcher is ended first. `record` must be inside `.node`.
 */
export async function runTool(
  name: string,
  [command, ...args]: string[],
  env: NodeJS.ProcessEnv,
  lifecycle: Lifecycle,
): Promise<ToolResult> {
  const record = join(ROOT, '.node', `${name}${RECORD}`)
  await stopOrphan(record, name, 0)
  const child = spawn(command, args, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  lifecycle.onStop(() => killGroup(child.pid, 'SIGKILL'))
  recordProcess(record, child.pid)
  try {
    return await collect(child)
  } finally {
    rmSync(record, { force: true })
  }
}

function collect(child: ChildProcess): Promise<ToolResult> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk) => {
      output += chunk
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}
