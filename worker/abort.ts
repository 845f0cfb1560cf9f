/** Why a running job is told to stop. It travels as the AbortSignal's reason. */
export type AbortReason = 'cancelled' | 'shutdown' | 'preempted' | 'fenced' | 'timeout'

/** The error an AbortSignal carries: what the engine rejects with, and what the outcome is read from. */
export class JobAborted extends Error {
  readonly reason: AbortReason
  constructor(reason: AbortReason) {
    super(`aborted: ${reason}`)
    this.name = 'AbortError'
    this.reason = reason
  }
}

/** The typed reason of an aborted signal; null while it isn't aborted. */
export function abortReason(signal: AbortSignal): AbortReason | null {
  return signal.aborted && signal.reason instanceof JobAborted ? signal.reason.reason : null
}
