import { assertNever } from '#core/errors'
import type { JobState } from '#prisma/enums'

export type { JobState }

/** What a render job can be, in the order of its life. */
export const JOB_STATES = [
  /** It waits in the line: pg-boss has a job for it, under the same priority. `notBefore` is set during a backoff. */
  'queued',
  /**
   * A slot renders it: `claimToken`, `workerId`, `heartbeatAt` and `startedAt` are set, and every write of the slot
   * must show the token. With `cancelRequestedAt` people see it as "cancelling".
   */
  'running',
  /** Its result is in storage and was verified. Nothing happens to it any more. */
  'succeeded',
  /** It ended without a result, with `errorCode` and a message that a person can act on. */
  'failed',
  /** Somebody cancelled it, while it waited or while it ran. */
  'cancelled',
] as const satisfies readonly JobState[]

/** In these states a job waits or runs. */
export const OPEN_STATES = ['queued', 'running'] as const satisfies readonly JobState[]
/** In these states nothing more happens to a job by itself. */
export const ENDED_STATES = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly JobState[]

interface Transition {
  from: readonly JobState[]
  /** `same`: the job keeps its state, and other columns say what happened. */
  to: JobState | 'same'
}

/**
 * All that can happen to a render job. Every update of a job goes through `transition`, which takes both states
 * from here; docs/architecture.md shows the same table.
 */
export const TRANSITIONS = {
  /** A slot takes the head of the line: the attempt is counted, the claim has a fresh token. */
  claim: { from: ['queued'], to: 'running' },
  /** The claim's slot says that it is alive, or how far it is. */
  beat: { from: ['running'], to: 'same' },
  /** Somebody gives the job another place in the line, or aging promotes it. */
  move: { from: ['queued'], to: 'same' },
  /** Somebody cancels a waiting job: it is out of the line at once. */
  cancel: { from: ['queued'], to: 'cancelled' },
  /** Somebody cancels a running job: `cancelRequestedAt` is set, and the slot is told to stop. */
  ask_cancel: { from: ['running'], to: 'same' },
  /** The engine saw the abort; or the job would have come back into the line, but was asked to stop. */
  confirm_cancel: { from: ['running'], to: 'cancelled' },
  /** The result is in storage. */
  succeed: { from: ['running'], to: 'succeeded' },
  /** A permanent error, attempts spent, or the worker was lost too often. */
  fail: { from: ['running'], to: 'failed' },
  /** A transient error: the job waits again, with a backoff, at its old place. */
  retry: { from: ['running'], to: 'queued' },
  /** The worker stops, or a higher band needs the slot: old place, the attempt is not spent. */
  release: { from: ['running'], to: 'queued' },
  /** The worker's heartbeat is lost: old place, the attempt is not spent, the loss is counted. */
  lose: { from: ['running'], to: 'queued' },
  /** Somebody sends it again: it waits as if it were new. */
  resubmit: { from: ['failed', 'cancelled'], to: 'queued' },
  /** Somebody puts it into the trash: `deletedAt` is set. What waits is cancelled first, what runs is asked to stop. */
  remove: { from: ['running', ...ENDED_STATES], to: 'same' },
  /** Somebody takes it out of the trash. */
  restore: { from: ['running', ...ENDED_STATES], to: 'same' },
} as const satisfies Record<string, Transition>

export type JobTransition = keyof typeof TRANSITIONS

/** Whether something can happen to a job in this state. */
export const applies = (name: JobTransition, state: JobState): boolean =>
  (TRANSITIONS[name].from as readonly JobState[]).includes(state)

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
