import { messageOf } from '#core/errors'
import type { Log } from '#core/log'
import { heartbeat } from '#core/render-job/lifecycle'
import type { Claim } from '#core/render-job/transition'
import { JobAborted } from './abort.ts'
import type { Progress } from './engine-contract/engine.ts'
import type { Timings } from './timings.ts'

export interface WatchContext {
  controller: AbortController
  /** A render that does not move for so long is stopped. */
  stallMs: number
  timings: Pick<Timings, 'jobBeatMs'>
  log: Log
}

/**
 * While a job runs: says that it is alive, hears of a cancel or a lost claim, and stops it when it hangs. An engine
 * repeats its progress whether or not anything moves, so only progress that differs counts as such; of one that
 * watches over itself, hearing from it is enough.
 */
export function watchOver(claim: Claim, { controller, stallMs, timings, log }: WatchContext) {
  let movedAt = performance.now()
  let last = ''
  const beat = setInterval(
    async () => {
      if (performance.now() - movedAt > stallMs) controller.abort(new JobAborted('timeout'))
      const answer = await heartbeat(claim).catch((error) =>
        log.warn({ jobId: claim.jobId, error: messageOf(error) }, 'no heartbeat'),
      )
      if (answer === 'fenced') controller.abort(new JobAborted('fenced'))
      if (answer === 'cancel') controller.abort(new JobAborted('cancelled'))
    },
    Math.min(timings.jobBeatMs, stallMs),
  )
  return {
    sawProgress({ stage, fraction, framesDone }: Progress, watchesItself = false) {
      const now = `${stage} ${fraction} ${framesDone}`
      if (now === last && !watchesItself) return
      last = now
      movedAt = performance.now()
    },
    stop: () => clearInterval(beat),
  }
}
