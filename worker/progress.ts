import { reportProgress } from '#core/render-job/lifecycle'
import type { Claim } from '#core/render-job/transition'
import type { Progress } from './engine-contract/engine.ts'

/** Shortest time between two writes of a job's progress; pages still see it more than twice a second. */
const WRITE_EVERY_MS = 400

export interface ProgressWriter {
  report(progress: Progress): void
  /** Resolves once nothing is being written any more; later reports are ignored. */
  close(): Promise<void>
}

/**
 * Writes an engine's progress to the job's row: latest wins, one write at a time, a new stage at once.
 * `onFenced` is called when the row is no longer this claim's. A write that fails is left to the next one.
 */
export function createProgressWriter(claim: Claim, device: string, onFenced: () => void): ProgressWriter {
  let latest: Progress | null = null
  let written: Progress | null = null
  let writing: Promise<void> | null = null
  let lastAt = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const write = () => {
    clearTimeout(timer)
    timer = undefined
    if (closed || writing || !latest) return
    const progress = latest
    latest = null
    lastAt = performance.now()
    writing = reportProgress(claim, { device, ...progress })
      .then((held) => {
        written = progress
        if (!held) onFenced()
      })
      .catch(() => {})
      .finally(() => {
        writing = null
        if (latest) schedule()
      })
  }
  const schedule = () => {
    if (closed || writing || timer) return
    const newStage = latest?.stage !== written?.stage
    timer = setTimeout(write, newStage ? 0 : Math.max(0, lastAt + WRITE_EVERY_MS - performance.now()))
  }
  return {
    report(progress) {
      latest = progress
      schedule()
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await writing
    },
  }
}
