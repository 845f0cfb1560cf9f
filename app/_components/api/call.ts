/** What the API answers when something did not work. */
export class ApiError extends Error {
  readonly code: string
  readonly params: Record<string, string | number>
  readonly status: number

  constructor(status: number, code: string, message: string, params: Record<string, string | number> = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.params = params
  }
}

/** An ApiError from the text of an answer, whatever it holds. */
export function apiErrorOf(status: number, text: string): ApiError {
  try {
    const { code, message, params } = JSON.parse(text)
    if (typeof code === 'string') return new ApiError(status, code, String(message ?? code), params ?? {})
  } catch {
    // Not ours: a proxy's page, or nothing.
  }
  return new ApiError(status, status === 401 ? 'signed_out' : 'unknown', `HTTP ${status}`)
}

/** Asks /api/v1 and returns the JSON of its answer (undefined where it has none). Throws ApiError. */
export async function call<Result = undefined>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Result> {
  const response = await fetch(`/api/v1/${path}`, {
    method,
    headers: body ? { 'Content-Type': 'application/json', ...headers } : headers,
    body: body && JSON.stringify(body),
  }).catch(() => {
    throw new ApiError(0, 'network', 'Greenroom can’t be reached.')
  })
  const text = await response.text()
  if (!response.ok) throw apiErrorOf(response.status, text)
  return (text ? JSON.parse(text) : undefined) as Result
}
