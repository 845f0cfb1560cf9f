/** What /api/v1/events tells an open page. */
export type LiveMessage =
  | { kind: 'changed'; batchId?: string; jobId?: string }
  | {
      kind: 'progress'
      jobId: string
      batchId: string
      device: string
      stage: string
      fraction: number
      framesDone: number
      frames: number | null
      fps: number | null
    }
  /** Somebody else's job got on. */
  | { kind: 'stage'; device: string; stage: string; fraction: number; fps: number | null }
  | { kind: 'log'; jobId: string }
  | { kind: 'control' }
  | { kind: 'user' }
