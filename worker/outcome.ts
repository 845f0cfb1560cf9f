import { assertNever, messageOf } from '#core/errors'
import type { Failure } from '#core/render-job/error-codes'
import type { AbortReason } from './abort.ts'
import { EngineError } from './engine-contract/engine.ts'

/** What becomes of a job whose render did not succeed. */
export type Outcome =
  | { kind: 'cancelled' }
  | { kind: 'released'; reason: 'shutdown' | 'preempted' }
  /** The job is no longer this worker's: write nothing. */
  | { kind: 'abandoned' }
  | { kind: 'retry'; failure: Failure }
  | { kind: 'failed'; failure: Failure }

/** The one place where what an engine threw, or why it was stopped, becomes an outcome with a code. */
export function outcomeOf(error: unknown, reason: AbortReason | null): Outcome {
  if (reason) return outcomeOfAbort(reason)
  if (error instanceof EngineError) {
    const failure = { code: error.code, message: error.message, params: error.params }
    return error.transient ? { kind: 'retry', failure } : { kind: 'failed', failure }
  }
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = 'The disk of the server is full. Ask an admin to free space, then resubmit.'
    return { kind: 'failed', failure: { code: 'disk_full', message } }
  }
  return {
    kind: 'failed',
    failure: { code: 'engine_failed', message: `The engine stopped with an error: ${messageOf(error)}` },
  }
}

function outcomeOfAbort(reason: AbortReason): Outcome {
  switch (reason) {
    case 'cancelled':
      return { kind: 'cancelled' }
    case 'shutdown':
    case 'preempted':
      return { kind: 'released', reason }
    case 'fenced':
      return { kind: 'abandoned' }
    case 'timeout':
      return {
        kind: 'failed',
        failure: {
          code: 'stalled',
          message:
            'The render made no progress for too long and was stopped, so that others can go on. Resubmit it, or try another export of the video.',
        },
      }
    default:
      return assertNever(reason)
  }
}
