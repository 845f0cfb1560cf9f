import { assertNever, isDiskFull, messageOf } from '#core/errors'
import type { Failure } from '#core/render-job/error-codes'
import type { AbortReason } from './abort.ts'
import { EngineError } from './engine-contract/engine.ts'
import { diskFull } from './pipeline/file-error.ts'

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
  const known = isDiskFull(error) && !(error instanceof EngineError) ? diskFull(error) : error
  if (known instanceof EngineError) {
    const { code, message, params, transient } = known
    return { kind: transient ? 'retry' : 'failed', failure: { code, message, params } }
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
