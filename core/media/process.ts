import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { type Boxed, boxed } from '#core/media/box'
import type { MediaNeeds } from '#core/media/needs'
import { isExecutable } from '#core/media/programs'

export type RunOptions = {
  /** Kills the child; the promise then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Kills the child after so many milliseconds. Default 60,000. */
  timeoutMs?: number
  /** Most bytes of stdout that are kept. Default 4 MiB. Ignored with `onStdout`. */
  maxOutputBytes?: number
  /** Takes stdout chunk by chunk instead of keeping it. */
  onStdout?: (chunk: Buffer) => void
}

export type ProcessResult = { exitCode: number; stdout: Buffer; stderrTail: string }

export type ProcessFailure = 'not_started' | 'timeout' | 'too_much_output' | 'killed'

/** A program that gave no exit code of its own. */
export class ProcessError extends Error {
  readonly failure: ProcessFailure
  constructor(failure: ProcessFailure, message: string) {
    super(message)
    this.name = 'ProcessError'
    this.failure = failure
  }
}

export type MediaProcess = {
  child: ChildProcess
  /** Ends it and all that it started, at once: a process that is blocked on a full pipe doesn't answer SIGTERM. */
  kill: () => void
  /** Resolves once it is gone and its pipes are closed; rejects where it could not be started. */
  ended: Promise<ProcessEnd>
}

/** One of both is null. */
export type ProcessEnd = { exitCode: number | null; endedBy: NodeJS.Signals | null }

/**
 * Starts a media program in its box (`core/media/box.ts`), for callers that stream through its pipes. The arguments
 * are an array, never a shell string. This is the one place where Greenroom starts ffmpeg and ffprobe.
 */
export function startMedia(
  program: string,
  args: readonly string[],
  needs: MediaNeeds,
  stdio: StdioOptions,
): MediaProcess {
  if (!isExecutable(program)) throw new ProcessError('not_started', `${program} is no program`)
  const box = boxed(program, args, needs)
  const child = spawn(box.command, box.args, { stdio, env: box.env, detached: box.group, windowsHide: true })
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.on('error', (error) => {
      const message = `${program} could not be started: ${error.message}`
      if (child.pid === undefined) reject(new ProcessError('not_started', message))
    })
    // Killed while its box was still being made, it may leave a program behind that keeps the pipes open.
    child.on('exit', () => killGroup(child, box.group))
    child.on('close', (exitCode, endedBy) => resolve(endOf(box, exitCode, endedBy)))
  })
  ended.catch(() => {})
  return { child, kill: () => killAll(child, box.group), ended }
}

const STDERR_TAIL = 16_000

/**
 * Runs a media program in its box with an empty stdin. Resolves with any exit code; rejects with `signal.reason` on
 * abort and with ProcessError on timeout, too much output, no start, or when something else ended it.
 * Settles only once it is gone.
 */
export async function runMedia(
  program: string,
  args: readonly string[],
  needs: MediaNeeds,
  options: RunOptions = {},
): Promise<ProcessResult> {
  const { signal, timeoutMs = 60_000, maxOutputBytes = 4 * 2 ** 20, onStdout } = options
  signal?.throwIfAborted()
  const { child, kill, ended } = startMedia(program, args, needs, ['ignore', 'pipe', 'pipe'])
  const chunks: Buffer[] = []
  let kept = 0
  let stderrTail = ''
  let failure: unknown
  const stop = (reason: unknown) => {
    failure ??= reason
    kill()
  }
  const tooLong = () => stop(new ProcessError('timeout', `${program} took more than ${timeoutMs} ms`))
  const onAbort = () => stop(signal?.reason)
  const timer = setTimeout(tooLong, timeoutMs)
  signal?.addEventListener('abort', onAbort, { once: true })
  child.stdout?.on('data', (chunk: Buffer) => {
    if (failure !== undefined) return
    if (onStdout) return onStdout(chunk)
    kept += chunk.length
    if (kept > maxOutputBytes) {
      return stop(new ProcessError('too_much_output', `${program} wrote more than ${maxOutputBytes} bytes`))
    }
    chunks.push(chunk)
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderrTail = (stderrTail + chunk.toString('utf8')).slice(-STDERR_TAIL)
  })
  try {
    const { exitCode, endedBy } = await ended
    if (failure !== undefined) throw failure
    const broken = exitCode === 0 ? undefined : boxFailure(stderrTail)
    if (broken) throw new ProcessError('not_started', `${program} could not be boxed: ${broken}`)
    if (exitCode === null) throw killedBy(program, endedBy)
    return { exitCode, stdout: Buffer.concat(chunks), stderrTail: stderrTail.trim() }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** What the box itself complained about, for whom reads a program's error output: then it was never started. */
export function boxFailure(stderr: string): string | undefined {
  return /^(?:bwrap|unshare|setpriv|prlimit|choom|nice): .*/m.exec(stderr)?.[0]
}

function killedBy(program: string, endedBy: NodeJS.Signals | null): ProcessError {
  if (endedBy === 'SIGXCPU') return new ProcessError('timeout', `${program} took too much processor time`)
  return new ProcessError('killed', `${program} was ended by ${endedBy}`)
}

/** Signals that end a program without its consent; ffmpeg's own exit codes stay clear of theirs. */
const DEADLY = ['SIGKILL', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGSYS', 'SIGXCPU', 'SIGXFSZ'] as const

function endOf(box: Boxed, exitCode: number | null, endedBy: NodeJS.Signals | null): ProcessEnd {
  const signal = box.signalsAsCodes ? DEADLY.find((name) => exitCode === 128 + constants.signals[name]) : null
  return signal ? { exitCode: null, endedBy: signal } : { exitCode, endedBy }
}

function killAll(child: ChildProcess, group: boolean): void {
  if (child.exitCode !== null || child.signalCode !== null) return
  killGroup(child, group)
  child.kill('SIGKILL')
}

function killGroup(child: ChildProcess, group: boolean): void {
  try {
    if (group && child.pid) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}
