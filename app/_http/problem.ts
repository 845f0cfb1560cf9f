import type { ZodError } from 'zod'
import type { Refusal } from '#core/limits/refusal'

export type ProblemParams = Record<string, string | number>

/** The body of every answer that isn't a success. `code` and `params` are for translation, `message` for people. */
export interface ProblemJson {
  code: ProblemCode
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

/** The codes of the API's own problems. Each has a text `error` in both catalogues, as those of limits and uploads. */
export const PROBLEM_CODES = [
  'already_ended',
  'already_on',
  'body_too_large',
  'email_taken',
  'forbidden',
  'in_progress',
  'in_use',
  'internal',
  'invalid_link',
  'invalid_request',
  'key_reused',
  'last_admin',
  'no_heir',
  'no_mail',
  'not_ended',
  'not_found',
  'not_on',
  'not_waiting',
  'other_not_waiting',
  'other_site',
  'outcome_unknown',
  'owner_disabled',
  'presenter_not_found',
  'rate_limited',
  'second_factor_missing',
  'second_factor_required',
  'selection_changed',
  'signed_out',
  'speech_not_found',
  'still_running',
  'still_stopping',
  'succeeded',
  'weak_password',
  'wrong_code',
  'wrong_email',
  'wrong_password',
  'yourself',
] as const

export type ProblemCode = (typeof PROBLEM_CODES)[number] | Refusal['code']

/** An answer that says what went wrong. */
export function problem(
  status: number,
  code: ProblemCode,
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

export const weakPassword = (): Response =>
  problem(422, 'weak_password', 'This password is easy to guess. Use a longer one, or several unusual words.')

/** The answer to bad input; the first thing that is wrong, in words. */
export const invalidRequest = (error: ZodError): Response => {
  const { message, path } = error.issues[0]
  return problem(400, 'invalid_request', message, path.length > 0 ? { field: path.join('.') } : undefined)
}

const inWords = (seconds: number): string =>
  seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
