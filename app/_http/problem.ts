import type { ZodError } from 'zod'

export type ProblemParams = Record<string, string | number>

/** The body of every answer that isn't a success. `code` and `params` are for translation, `message` for people. */
export interface ProblemJson {
  code: string
  message: string
  params?: ProblemParams
}

/** Thrown by what a route calls, to answer with a problem; the route itself returns `problem(…)`. */
export class ApiProblem extends Error {
  readonly response: Response
  constructor(response: Response) {
    super(`HTTP ${response.status}`)
    this.response = response
  }
}

/** An answer that says what went wrong. */
export function problem(
  status: number,
  code: string,
  message: string,
  params?: ProblemParams,
  headers?: HeadersInit,
): Response {
  const body: ProblemJson = { code, message, params }
  return Response.json(body, { status, headers: { 'Cache-Control': 'no-store', ...headers } })
}

export const notFound = (message = 'There is no such thing, or it is not yours.'): Response =>
  problem(404, 'not_found', message)

export const tooMany = (seconds: number): Response =>
  problem(
    429,
    'rate_limited',
    `Too many attempts. Try again in ${inWords(seconds)}.`,
    { seconds },
    {
      'Retry-After': String(seconds),
    },
  )

/** The answer to bad input; the first thing that is wrong, in words. */
export const invalidRequest = (error: ZodError): Response => {
  const { message, path } = error.issues[0]
  return problem(400, 'invalid_request', message, path.length > 0 ? { field: path.join('.') } : undefined)
}

const inWords = (seconds: number): string =>
  seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
