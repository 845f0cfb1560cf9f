import { type MediaError, mediaError } from '#core/media/errors'

/** An error as tus's server takes it; ours have a JSON body of `{ code, message, params }`. */
export type Failure = { status_code: number; body: string }

export const notFound = failure(404, 'not_found', 'There is no such upload.')

export function failure(status: number, code: string, message: string, params = {}): Failure {
  return { status_code: status, body: JSON.stringify({ code, message, params }) }
}

/** A refused file as the answer to the request that brought its last byte. */
export function refusal(error: MediaError, status = 422): Failure {
  return failure(status, error.code, error.message, error.params)
}

/** Brings tus's own errors, which are plain objects with a line of text, and anything thrown into our form. */
export function failureOf(
  error: unknown,
  request: Request,
  maxBytes: number,
  onError?: (error: unknown) => void,
): Failure {
  if (!isFailure(error)) {
    onError?.(error)
    return failure(500, 'internal', 'The upload failed on the server.')
  }
  const { status_code, body } = error
  if (body.startsWith('{')) return { status_code, body }
  if (status_code === 404 || status_code === 410) return notFound
  if (status_code === 413) return tooLarge(request, maxBytes)
  if (status_code >= 500) onError?.(new Error(body))
  return failure(status_code, 'upload_protocol', body.trim())
}

export function responseOf({ status_code, body }: Failure): Response {
  return new Response(body, { status: status_code, headers: { 'Content-Type': 'application/json' } })
}

/** The announced size, or, where none was announced, as much as had to arrive to exceed the limit. */
function tooLarge(request: Request, maxBytes: number): Failure {
  const announced = request.headers.get('upload-length') ?? request.headers.get('content-length')
  const bytes = Math.max(Number(announced ?? 0), maxBytes + 1)
  return refusal(mediaError('too_large', { bytes, maxBytes }), 413)
}

function isFailure(error: unknown): error is Failure {
  return typeof error === 'object' && error !== null && 'status_code' in error && 'body' in error
}
