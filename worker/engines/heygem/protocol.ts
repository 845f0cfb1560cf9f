import { z } from 'zod'

/** Codes of a HeyGem / Duix.Avatar server's answers. `success` is true for busy too, so only the code counts. */
export const CODE = {
  ok: 10000,
  busy: 10001,
  badParameter: 10002,
  locked: 10003,
  noSuchJob: 10004,
  duplicate: 10005,
} as const

const STATUS = { running: 1, done: 2, failed: 3 } as const

const answer = z.object({
  code: z.number(),
  msg: z.string().nullish(),
  data: z
    .object({
      status: z.number().nullish(),
      progress: z.coerce.number().nullish(),
      result: z.string().nullish(),
      msg: z.string().nullish(),
    })
    .nullish()
    .catch(null),
})

/** What became of handing a job in. */
export type SubmitAnswer =
  | { kind: 'accepted' }
  /** It works for somebody else; it has no queue of its own. */
  | { kind: 'busy' }
  | { kind: 'refused'; code: number; message: string }

/** What a server says about a job. */
export type QueryAnswer =
  | { kind: 'running'; progress: number; message: string }
  | { kind: 'done'; result: string }
  | { kind: 'failed'; message: string }
  /** Never submitted, forgotten in a restart, or ended and already told once. */
  | { kind: 'unknown' }
  | { kind: 'refused'; code: number; message: string }

export interface Job {
  code: string
  /** Paths as the server sees them. */
  audio: string
  video: string
}

/** No answer, or none that makes sense: the server is down, starting, or something else listens there. */
export class NoAnswer extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'NoAnswer'
  }
}

const ANSWER_MS = 15_000

/** The two calls of a server. Both reject with NoAnswer, or with the signal's reason. */
export function heygemServer(url: string) {
  return {
    async submit({ code, audio, video }: Job, signal: AbortSignal): Promise<SubmitAnswer> {
      const body = { audio_url: audio, video_url: video, code, chaofen: 0, watermark_switch: 0, pn: 1 }
      const { code: answered, msg } = await ask(`${url}/easy/submit`, signal, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      // A duplicate is a job whose first answer was lost on the way.
      if (answered === CODE.ok || answered === CODE.duplicate) return { kind: 'accepted' }
      if (answered === CODE.busy || answered === CODE.locked) return { kind: 'busy' }
      return { kind: 'refused', code: answered, message: msg ?? '' }
    },
    async query(code: string, signal: AbortSignal): Promise<QueryAnswer> {
      const reply = await ask(`${url}/easy/query?code=${encodeURIComponent(code)}`, signal)
      if (reply.code === CODE.noSuchJob) return { kind: 'unknown' }
      const { data } = reply
      const message = data?.msg ?? reply.msg ?? ''
      if (reply.code !== CODE.ok || !data) return { kind: 'refused', code: reply.code, message }
      if (data.status === STATUS.done) return { kind: 'done', result: data.result ?? '' }
      if (data.status === STATUS.failed) return { kind: 'failed', message }
      return { kind: 'running', progress: data.progress ?? 0, message }
    },
  }
}

export type HeygemServer = ReturnType<typeof heygemServer>

async function ask(
  url: string,
  signal: AbortSignal,
  init: RequestInit = {},
): Promise<z.infer<typeof answer>> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
  try {
    const response = await fetch(url, { ...init, signal: limited, redirect: 'error' })
    const parsed = answer.safeParse(await response.json())
    if (!parsed.success) throw new NoAnswer(`${url} answered ${response.status} with something else`)
    return parsed.data
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof NoAnswer) throw error
    throw new NoAnswer(`${url} does not answer: ${reasonOf(error)}`, error)
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message || message : message
}
