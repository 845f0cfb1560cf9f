import { parseAndValidateFlightRouterState } from 'next/dist/server/app-render/parse-and-validate-flight-router-state'
import type { Exchange } from './exchange.ts'
import { cameByHttps } from './origin.ts'

/** A year, as OWASP ASVS 5.0 3.4.1 wants it, with the names below. */
const HSTS = 'max-age=31536000; includeSubDomains'

/**
 * Before Next sees a request: an answer over TLS tells the browser to stay with TLS, and a router state that Next could
 * not read goes, because Next would answer 500 and log it each time that a stranger sends one.
 */
export function prepareExchange({ request, response }: Exchange): void {
  if (cameByHttps()) response.setHeader('Strict-Transport-Security', HSTS)
  try {
    parseAndValidateFlightRouterState(request.headers['next-router-state-tree'])
  } catch {
    delete request.headers['next-router-state-tree']
  }
}
