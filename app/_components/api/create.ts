import { useCallback, useRef } from 'react'
import { ApiError, call } from './call.ts'

/** Milliseconds before each further try of a request whose answer did not come. */
const PAUSES = [400, 1000, 2000, 4000]

/** A fresh key under which the server makes something once. (`crypto.randomUUID` is missing on plain http.) */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )

/** Sends what makes something new. However often it must be sent until an answer comes, it is made once. */
export async function create<Result>(path: string, body: object, key = newKey()): Promise<Result> {
  for (const pause of PAUSES) {
    try {
      return await call<Result>('POST', path, body, { 'Idempotency-Key': key })
    } catch (error) {
      if (!isUnanswered(error)) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  return call<Result>('POST', path, body, { 'Idempotency-Key': key })
}

/** `create` for a form: what it sends twice, by a double click or after an error, is made once while it is on the page. */
export function useCreate() {
  const last = useRef<{ asked: string; key: string } | null>(null)
  return useCallback(async <Result>(path: string, body: object): Promise<Result> => {
    const asked = `${path} ${JSON.stringify(body)}`
    if (last.current?.asked !== asked) last.current = { asked, key: newKey() }
    try {
      return await create<Result>(path, body, last.current.key)
    } catch (error) {
      if (error instanceof ApiError && error.code === 'outcome_unknown') last.current = null
      throw error
    }
  }, [])
}

/** The connection or a proxy on the way failed, or an earlier try is still being worked on. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.code === 'network' || error.code === 'in_progress' || [502, 503, 504].includes(error.status))
