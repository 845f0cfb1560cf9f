import { assertNever } from '#core/errors'
import type { JobState } from '#prisma/enums'

export type { JobState }

/** What can happen to a render job. The table of the README, as code. */
export type JobTransition =
  | 'claim'
  | 'cancel'
  | 'confirm_cancel'
  | 'succeed'
  | 'fail'
  | 'retry'
  | 'release'
  | 'lose'
  | 'resubmit'

const TABLE: Record<JobTransition, { from: readonly JobState[]; to: JobState }> = {
  claim: { from: ['queued'], to: 'running' },
  cancel: { from: ['queued'], to: 'cancelled' },
  confirm_cancel: { from: ['running'], to: 'cancelled' },
  succeed: { from: ['running'], to: 'succeeded' },
  fail: { from: ['running'], to: 'failed' },
  retry: { from: ['running'], to: 'queued' },
  release: { from: ['running'], to: 'queued' },
  lose: { from: ['running'], to: 'queued' },
  resubmit: { from: ['failed', 'cancelled'], to: 'queued' },
}

/** The state a transition leads to, or null where it does not apply. */
export function next(state: JobState, transition: JobTransition): JobState | null {
  const { from, to } = TABLE[transition]
  return from.includes(state) ? to : null
}

/** True once nothing more happens to the job by itself. */
export function isEnded(state: JobState): boolean {
  switch (state) {
    case 'queued':
    case 'running':
      return false
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return true
    default:
      return assertNever(state)
  }
}

/** Attempts before a transient error becomes final. */
export const MAX_ATTEMPTS = 3
/** Times a job may take its worker down before it fails `worker_lost`. */
export const MAX_LOSSES = 3

/** Seconds to wait before attempt `attempt + 1` after a transient error: 10, 40, 160 … at most 600. */
export const backoffSeconds = (attempt: number): number => Math.min(600, 10 * 4 ** Math.max(0, attempt - 1))

export type BatchState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'partial'

/**
 * A batch's state, from its jobs: running while any runs, waiting while any waits and none runs;
 * then what they have in common, or 'partial' when some succeeded and some did not.
 */
export function batchState(states: readonly JobState[]): BatchState {
  if (states.includes('running')) return 'running'
  if (states.includes('queued')) return 'waiting'
  if (states.every((state) => state === 'succeeded')) return 'succeeded'
  if (states.includes('succeeded')) return 'partial'
  return states.includes('failed') ? 'failed' : 'cancelled'
}
