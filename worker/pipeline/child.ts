import type { ChildProcess, StdioOptions } from 'node:child_process'
import { ffmpegPath } from '#core/media/binaries'
import type { MediaNeeds } from '#core/media/needs'
import { boxFailure, type MediaProcess, startMedia } from '#core/media/process'
import { EngineError } from '#worker/engine-contract/engine'
import { translateFileError } from './file-error.ts'

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
 * Starts ffmpeg, in its box, for raw pipes. An abort ends it at once. Throws EngineError disk_full where a file that
 * it writes can't even be made.
 */
export function startFfmpeg(
  args: readonly string[],
  stdio: StdioOptions,
  needs: MediaNeeds,
  signal: AbortSignal,
): FfmpegChild {
  signal.throwIfAborted()
  const { child, kill, ended: gone } = start(args, stdio, needs)
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_TAIL)
  })
  let stopped = false
  const end = () => {
    stopped = true
    kill()
  }
  signal.addEventListener('abort', end, { once: true })
  const done = gone
    .then(({ exitCode, endedBy }) => {
      signal.throwIfAborted()
      if (endedBy && !stopped) throw killedFromOutside(endedBy)
      const broken = exitCode === 0 || stopped ? undefined : boxFailure(stderr)
      if (broken) throw notBoxed(broken)
      return { exitCode: exitCode ?? -1, stderr: stderr.trim() }
    })
    .finally(() => signal.removeEventListener('abort', end))
  done.catch(() => {})
  const stop = async () => {
    end()
    await done.catch(() => {})
  }
  return { process: child, done, stop }
}

function start(args: readonly string[], stdio: StdioOptions, needs: MediaNeeds): MediaProcess {
  try {
    return startMedia(ffmpegPath(), ['-hide_banner', '-nostdin', '-v', 'error', ...args], needs, stdio)
  } catch (error) {
    return translateFileError(error)
  }
}

/** A machine that is short of something, such as processes, may have it again later. */
function notBoxed(detail: string): EngineError {
  const message = `ffmpeg could not be started in its box on the render machine: ${detail}`
  return new EngineError('engine_failed', message, { params: { detail }, transient: true })
}

/** What kills a decoder or encoder is, nearly always, a system that has run out of memory; or a limit of its box. */
export function killedFromOutside(killedBy: string): EngineError {
  if (killedBy === 'SIGXCPU' || killedBy === 'SIGXFSZ') {
    const limit = killedBy === 'SIGXCPU' ? 'more processor time' : 'a larger file'
    return new EngineError(
      'engine_failed',
      `ffmpeg was stopped: it wanted ${limit} than any render may have.`,
    )
  }
  return new EngineError(
    'out_of_memory',
    `The render machine ran out of memory: ffmpeg was ended by ${killedBy}.`,
    {
      params: { signal: killedBy },
      transient: true,
    },
  )
}
