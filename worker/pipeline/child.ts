import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { ffmpegPath } from '#core/media/binaries'
import { EngineError } from '#worker/engine-contract/engine'

export interface FfmpegChild {
  process: ChildProcess
  /**
   * Resolves once the process is gone. Rejects with `signal.reason` after an abort, and with EngineError
   * out_of_memory when somebody else killed it.
   */
  done: Promise<{ exitCode: number; stderr: string }>
  /** Kills the process and resolves when it is gone; for a reader that stops early. */
  stop: () => Promise<void>
}

const STDERR_TAIL = 4000

/**
 * Starts ffmpeg for raw pipes (fluent-ffmpeg can't apply backpressure to them). Arguments are an array,
 * never a shell string. An abort kills the process at once: SIGKILL, because a process blocked on a full
 * pipe doesn't answer SIGTERM.
 */
export function startFfmpeg(args: readonly string[], stdio: StdioOptions, signal: AbortSignal): FfmpegChild {
  signal.throwIfAborted()
  const child = spawn(ffmpegPath(), ['-hide_banner', '-nostdin', '-v', 'error', ...args], {
    stdio,
    windowsHide: true,
  })
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_TAIL)
  })
  let ended = false
  const kill = () => {
    ended = true
    child.kill('SIGKILL')
  }
  signal.addEventListener('abort', kill, { once: true })
  const done = new Promise<{ exitCode: number; stderr: string }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode, killedBy) => {
      if (signal.aborted) reject(signal.reason)
      else if (killedBy && !ended) reject(killedFromOutside(killedBy))
      else resolve({ exitCode: exitCode ?? -1, stderr: stderr.trim() })
    })
  }).finally(() => signal.removeEventListener('abort', kill))
  done.catch(() => {})
  const stop = async () => {
    kill()
    await done.catch(() => {})
  }
  return { process: child, done, stop }
}

/** What kills a decoder or encoder is, nearly always, a system that has run out of memory. */
export function killedFromOutside(killedBy: string): EngineError {
  return new EngineError(
    'out_of_memory',
    `The render machine ran out of memory: ffmpeg was ended by ${killedBy}.`,
    {
      params: { signal: killedBy },
      transient: true,
    },
  )
}
