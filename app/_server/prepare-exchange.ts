import type { IncomingMessage } from 'node:http'
import { parseAndValidateFlightRouterState } from 'next/dist/server/app-render/parse-and-validate-flight-router-state'
import type { Exchange } from './exchange.ts'
import { cameByHttps } from './origin.ts'

/** A year, as OWASP ASVS 5.0 3.4.1 wants it, with the names below. */
const HSTS = 'max-age=31536000; includeSubDomains'
const LINGER_MS = 1000
const NO_PAGE = '/api/pages-take-nothing'
/** The dev server's own pages send it what it should show. */
const DEVELOPING = process.env.NODE_ENV === 'development'

/**
 * Before Next sees a request: an answer over TLS tells the browser to stay with TLS, and a router state that Next could
 * not read goes, because Next would answer 500 and log it each time that a stranger sends one.
 * Whoever goes on sending after the answer is cut off. What is written to a page is answered by the API, which says
 * that there is no such thing: pages take nothing, and Next would wait for the end of the body before it asks proxy.ts.
 */
export function prepareExchange({ request, response }: Exchange): void {
  if (cameByHttps()) response.setHeader('Strict-Transport-Security', HSTS)
  response.once('finish', () => endLate(request))
  if (writesToPage(request)) request.url = NO_PAGE
  try {
    parseAndValidateFlightRouterState(request.headers['next-router-state-tree'])
  } catch {
    delete request.headers['next-router-state-tree']
  }
}

const writesToPage = ({ method = 'GET', url = '' }: IncomingMessage): boolean =>
  !['GET', 'HEAD', 'OPTIONS'].includes(method) && !url.startsWith('/api/') && !DEVELOPING

/** What still comes is read and thrown away for a moment, as a reset would take the answer from whoever is sending. */
function endLate(request: IncomingMessage): void {
  if (request.complete) return
  setTimeout(() => request.complete || request.socket.destroy(), LINGER_MS).unref()
}
