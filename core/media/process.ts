import { spawn } from 'node:child_process'

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

const STDERR_TAIL = 4000

/**
 * Runs a program with an argument array (never a shell) and an empty stdin. Resolves with any exit code;
 * rejects with `signal.reason` on abort and with ProcessError on timeout, too much output or no start.
 * Settles only once the child is gone.
 */
export function runProcess(
  path: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProcessResult> {
  const { signal, timeoutMs = 60_000, maxOutputBytes = 4 * 2 ** 20, onStdout } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
    const chunks: Buffer[] = []
    let kept = 0
    let stderrTail = ''
    let failure: unknown

    const stop = (reason: unknown) => {
      failure ??= reason
      child.kill('SIGKILL')
    }
    const onAbort = () => stop(signal?.reason)
    const timer = setTimeout(
      () => stop(new ProcessError('timeout', `${path} took more than ${timeoutMs} ms`)),
      timeoutMs,
    )
    signal?.addEventListener('abort', onAbort, { once: true })

    child.stdout.on('data', (chunk: Buffer) => {
      if (failure !== undefined) return
      if (onStdout) return onStdout(chunk)
      kept += chunk.length
      if (kept > maxOutputBytes) {
        return stop(new ProcessError('too_much_output', `${path} wrote more than ${maxOutputBytes} bytes`))
      }
      chunks.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderrTail = (stderrTail + chunk.toString('utf8')).slice(-STDERR_TAIL)
    })
    child.on('error', (error) => {
      failure ??= new ProcessError('not_started', `${path} could not be started: ${error.message}`)
      if (child.pid === undefined) settle(null)
    })
    child.on('close', settle)

    function settle(exitCode: number | null) {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      if (failure !== undefined) return reject(failure)
      if (exitCode === null) return reject(new ProcessError('killed', `${path} was killed from outside`))
      resolve({ exitCode, stdout: Buffer.concat(chunks), stderrTail: stderrTail.trim() })
    }
  })
}
