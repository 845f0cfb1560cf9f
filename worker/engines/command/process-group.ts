import { type ChildProcess, spawn } from 'node:child_process'

export interface GroupRequest {
  argv: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  onOutput: (chunk: Buffer) => void
}

export interface GroupEnd {
  /** Null when a signal ended it. */
  exitCode: number | null
  endedBy: NodeJS.Signals | null
  /** The end of its error output. */
  stderr: string
}

/** Time that a program has to clean up after SIGTERM. */
const GRACE_MS = 700
const STDERR_TAIL = 4000

/**
 * Runs a program as the leader of a process group of its own, and resolves when it and its pipes have ended.
 * An abort ends the whole group within a second: SIGTERM, then SIGKILL; the promise then rejects with
 * `signal.reason`. The group is also ended when the program leaves children behind, and, by a guard, when this
 * process is killed.
 */
export async function runGroup({ argv, cwd, env, signal, onOutput }: GroupRequest): Promise<GroupEnd> {
  signal.throwIfAborted()
  const [program, ...args] = argv
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const guard = child.pid === undefined ? null : startGuard(child.pid)
  let stderr = ''
  child.stdout.on('data', onOutput)
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_TAIL)
    onOutput(chunk)
  })
  let killer: NodeJS.Timeout | undefined
  const onAbort = () => {
    signalGroup(child, 'SIGTERM')
    killer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const end = await ended(child)
    signal.throwIfAborted()
    return { ...end, stderr: stderr.trim() }
  } finally {
    signal.removeEventListener('abort', onAbort)
    clearTimeout(killer)
    signalGroup(child, 'SIGKILL')
    guard?.kill('SIGKILL')
  }
}

/** Children that were left behind may hold the pipes open: they end with the program. */
function ended(child: ChildProcess): Promise<Omit<GroupEnd, 'stderr'>> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', () => setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS).unref())
    child.on('close', (exitCode, endedBy) => resolve({ exitCode, endedBy }))
  })
}

/** Signals a group; one that is gone is fine. Windows has none: there the program alone is ended. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return
  if (process.platform === 'win32') {
    child.kill(name)
    return
  }
  try {
    process.kill(-child.pid, name)
  } catch {}
}

/** Waits for the end of its input, which comes when the worker ends in whatever way, then ends the group. */
const GUARD = 'read _; kill -TERM "-$1"; sleep 1; kill -KILL "-$1"'

/** A shell that outlives a killed worker for as long as it takes to end the group. The script is fixed. */
function startGuard(group: number): ChildProcess | null {
  if (process.platform === 'win32') return null
  const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', String(group)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => {})
  guard.stdin?.on('error', () => {})
  guard.unref()
  return guard
}
