import type { RenderOptions } from '#core/engine/options'
import { type EitherCode, ERROR_CODES, type ErrorCode, type ErrorParams } from '#core/render-job/error-codes'
import type { LearningReport } from '#core/render-job/learning-report'

/** What the engine is busy with. A render passes through them in this order; cached ones are skipped. */
export type Stage = 'prepare' | 'speech' | 'face' | 'render' | 'mux'

export interface Progress {
  stage: Stage
  /** 0..1 of the whole render, never falling. */
  fraction: number
  /** Frames done in this stage. */
  framesDone: number
  /** Frames of this stage, null where it isn't known or the stage has none. */
  frames: number | null
  /** Frames a second over the last seconds of this stage. */
  fps: number | null
}

export interface RenderInput {
  audioPath: string
  /** Content hash of the speech; names its cached curves. */
  audioHash: string
  videoPath: string
  /** Content hash of the presenter video; names its cached analysis. */
  videoHash: string
  /** An mp4, written by the engine. Nothing is left there when the render fails. */
  outputPath: string
  /** Analyses and curves, shared by all renders; files appear by rename, so concurrent writers are safe. */
  cacheDir: string
  /** This render's own folder; the caller makes and removes it. */
  scratchDir: string
  /**
   * This job's own folder, which outlives the process: what is rendered is kept there in segments, and a render that
   * finds some goes on from the last. Left out, every render starts at the beginning.
   */
  checkpointDir?: string
  /** Length of a segment; 10 when left out. */
  segmentSeconds?: number
  /** How it is to be rendered. The ordinary render when left out. */
  options?: RenderOptions
  /** Counts from 1; an engine that ran out of memory asks for less at the next one. 1 when left out. */
  attempt?: number
}

export interface RenderContext {
  /** Honoured within a second; the render then rejects with `signal.reason`. */
  signal: AbortSignal
  /** Called at least twice a second while a render runs. */
  onProgress: (progress: Progress) => void
  /** Called when a segment is durable: the one moment at which an abort costs hardly any work. */
  atCheckpoint?: () => void | Promise<void>
  /** Called before the first frame where the render goes on from a checkpoint, with the frame it goes on from. */
  onResumed?: (frame: number) => void | Promise<void>
}

export interface RenderResult {
  frames: number
  fps: number
  width: number
  height: number
  durationSeconds: number
  /** What was learnt from the presenter's own speech; left out by engines that learn nothing. */
  adaptation?: LearningReport
}

export interface Engine {
  readonly name: string
  readonly version: string
  /**
   * True where the engine itself ends a render that stops moving, because somebody else's program or server may go
   * without progress for long. The slot then only looks whether the engine still reports.
   */
  readonly watchesItself?: boolean
  /** Loads what all renders share. Throws when `device` can't be used; never falls back to another. */
  load(device: string): Promise<void>
  render(input: RenderInput, context: RenderContext): Promise<RenderResult>
  close(): Promise<void>
}

/** What an error may say besides its code: its parameters, by the table of codes. */
type EngineErrorDetails<Code extends ErrorCode> = {
  /** True where this process should not render again: memory of a device comes back only when it ends. */
  restart?: boolean
  cause?: unknown
} & (Code extends EitherCode
  ? {
      /** True where the same render may succeed later. */
      transient?: boolean
    }
  : unknown) &
  (Record<never, never> extends ErrorParams<Code>
    ? { params?: ErrorParams<Code> }
    : { params: ErrorParams<Code> })

type Rest<Details> = Record<never, never> extends Details ? [details?: Details] : [details: Details]

/** A render that failed for a known reason: `code` and `params` to translate, `message` in plain English. */
export class EngineError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code
  readonly params: Record<string, string | number>
  readonly transient: boolean
  readonly restart: boolean

  constructor(code: Code, message: string, ...[details]: Rest<EngineErrorDetails<Code>>) {
    const { params = {}, transient, restart = false, cause } = (details ?? {}) as Details
    super(message, { cause })
    this.name = 'EngineError'
    this.code = code
    this.params = params
    const { kind } = ERROR_CODES[code]
    this.transient = kind === 'transient' || (kind === 'either' && transient === true)
    this.restart = restart
  }
}

/** The same for a code that is only known at run time. */
interface Details {
  params?: Record<string, string | number>
  transient?: boolean
  restart?: boolean
  cause?: unknown
}
