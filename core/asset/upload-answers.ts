import { isDiskFull } from '#core/errors'
import type { Refusal } from '#core/limits/refusal'
import { type MediaError, type MediaErrorCode, mediaError } from '#core/media/errors'

/** A refusal as tus's server takes it; ours have a JSON body of `{ code, message, params }`. */
export type UploadRefusal = { status_code: number; body: string }

/** The codes of uploads besides those of refused files, and of limits. */
type UploadCode = 'bad_metadata' | 'disk_full' | 'internal' | 'not_found' | 'upload_protocol'

export const notFound = uploadRefusal(404, 'not_found', 'There is no such upload.')

export function uploadRefusal(
  status: number,
  code: UploadCode | MediaErrorCode | Refusal['code'],
  message: string,
  params = {},
): UploadRefusal {
  return { status_code: status, body: JSON.stringify({ code, message, params }) }
}

/** A refused file as the answer to the request that brought its last byte. */
export function refusedFile(error: MediaError, status = 422): UploadRefusal {
  return uploadRefusal(status, error.code, error.message, error.params)
}

/** Brings tus's own errors, which are plain objects with a line of text, and anything thrown into our form. */
export function uploadRefusalOf(
  error: unknown,
  request: Request,
  maxBytes: number,
  onError?: (error: unknown) => void,
): UploadRefusal {
  if (!isUploadRefusal(error)) {
    onError?.(error)
    if (isDiskFull(error)) return uploadRefusal(507, 'disk_full', 'The disk of the server is full.')
    return uploadRefusal(500, 'internal', 'The upload failed on the server.')
  }
  const { status_code, body } = error
  if (body.startsWith('{')) return { status_code, body }
  if (status_code === 404 || status_code === 410) return notFound
  if (status_code === 413) return tooLarge(request, maxBytes)
  if (status_code >= 500) {
    onError?.(new Error(body))
    return uploadRefusal(500, 'internal', 'The upload failed on the server.')
  }
  return uploadRefusal(status_code, 'upload_protocol', body.trim())
}

export function responseOf({ status_code, body }: UploadRefusal): Response {
  return new Response(body, { status: status_code, headers: { 'Content-Type': 'application/json' } })
}

/** The announced size, or, where none was announced, as much as had to arrive to exceed the limit. */
function tooLarge(request: Request, maxBytes: number): UploadRefusal {
  const announced = request.headers.get('upload-length') ?? request.headers.get('content-length')
  const bytes = Math.max(Number(announced ?? 0), maxBytes + 1)
  return refusedFile(mediaError('too_large', { bytes, maxBytes }), 413)
}

function isUploadRefusal(error: unknown): error is UploadRefusal {
  return typeof error === 'object' && error !== null && 'status_code' in error && 'body' in error
}
