import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { contentPolicy } from './app/_server/content-policy.ts'

/** Gives each page a policy with a fresh nonce, which Next finds on the request and puts on the scripts it writes. */
export function proxy(request: NextRequest): NextResponse {
  const policy = contentPolicy(randomBytes(16).toString('base64'))
  const headers = new Headers(request.headers)
  headers.set('Content-Security-Policy', policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('Content-Security-Policy', policy)
  return response
}

/** Everything but the API, whose answers are no pages and whose uploads must not be kept in memory, and built files. */
export const config = { matcher: '/((?!api/|_next/static/).*)' }
