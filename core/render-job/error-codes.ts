import { z } from 'zod'
import { faceTimes } from '#core/render-job/face-times'

/**
 * What an error means for its job:
 * - `permanent`: it comes again on the same files, however often they are tried; the job needs another file.
 * - `final`: it ends the job; a person may resubmit it once what was wrong is mended.
 * - `transient`: the job waits a while and tries again by itself, up to MAX_ATTEMPTS.
 * - `either`: final or transient; the place that throws it knows which.
 */
type Kind = 'permanent' | 'final' | 'transient' | 'either'

/** Which file is meant. */
const role = z.enum(['speech', 'presenter'])
const text = z.string().optional()
const number = z.number().optional()

const code = <K extends Kind, P extends z.ZodRawShape>(kind: K, params: P) => ({
  kind,
  params: z.object(params),
})

/**
 * The one table of the errors with which a render ends without a result. Outcomes, what may be resubmitted, the
 * engines' own errors and the texts `jobError` of both catalogues follow from it.
 */
export const ERROR_CODES = {
  /** The presenter's face can be used in too little of the video, or nowhere. */
  no_face: code('permanent', { ...faceTimes.shape, needed: z.number() }),
  /** A file is damaged: `seconds` of it can be read. */
  media_unreadable: code('permanent', { role, seconds: number, detail: text }),
  no_audio: code('permanent', { role }),
  /** A file that plays, but can't be rendered: too small, too slow, HDR without a converter. */
  unsupported_media: code('permanent', { role, width: number, height: number, fps: number, transfer: text }),
  /** A video that starts small and grows beyond MAX_PIXELS. */
  too_many_pixels: code('permanent', { role, width: z.number(), height: z.number() }),
  disk_full: code('final', {}),
  /** A folder of ours takes no files: its disk turned read-only, or is not mounted. */
  disk_unwritable: code('transient', { folder: z.string() }),
  /** The first time it is worth another attempt, which asks for less memory. */
  out_of_memory: code('either', { batch: number, signal: text }),
  /** Weights, provider, server or program that the engine needs are not there; `why` is a code of readiness. */
  engine_not_ready: code('either', {
    why: text,
    ...{ detail: text, path: text, program: text, provider: text, url: text },
  }),
  /** A render server does not answer. */
  engine_unreachable: code('transient', { url: z.string() }),
  /** A render server kept working for somebody else. */
  engine_busy: code('transient', { url: z.string(), seconds: z.number() }),
  /** A render server or a program stopped making progress. */
  engine_timeout: code('either', { seconds: z.number(), last: text }),
  /** Any other error of an engine. */
  engine_failed: code('either', {
    ...{ detail: text, device: text, found: text, program: text, result: text, url: text },
    ...{ code: number, exitCode: number },
  }),
  /** The worker was lost too often while it rendered this job. */
  worker_lost: code('final', { losses: z.number() }),
  /** The slot saw no progress for too long and stopped the render. */
  stalled: code('final', {}),
} as const

type Table = typeof ERROR_CODES
export type ErrorCode = keyof Table
export type ErrorParams<Code extends ErrorCode> = z.infer<Table[Code]['params']>

/** Codes of which the place that throws them says whether the job tries again by itself. */
export type EitherCode = {
  [Code in ErrorCode]: Table[Code]['kind'] extends 'either' ? Code : never
}[ErrorCode]

/** What ended a render without a result. */
export interface Failure {
  code: ErrorCode
  /** Plain English, with what helps. */
  message: string
  /** For translation. */
  params?: Record<string, string | number>
}

/** Whether a job that ended with this error would only fail again: it needs another file. */
export const isPermanent = (errorCode: string | null | undefined): boolean =>
  errorCode != null && errorCode in ERROR_CODES && ERROR_CODES[errorCode as ErrorCode].kind === 'permanent'
