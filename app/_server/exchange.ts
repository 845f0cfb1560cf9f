import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'

type Exchange = { request: IncomingMessage; response: ServerResponse }

const shared = globalThis as typeof globalThis & { greenroomExchange?: AsyncLocalStorage<Exchange> }

/**
 * Lets routes reach the Node request behind theirs, for the two things that Next hides: the peer's address,
 * and the Content-Length of an answer, which it takes out of every Response.
 */
export function watchExchanges(): void {
  if (shared.greenroomExchange) return
  const exchanges = new AsyncLocalStorage<Exchange>()
  shared.greenroomExchange = exchanges
  subscribe('http.server.request.start', (message) => exchanges.enterWith(message as Exchange))
}

/** Says how long the answer's body will be, so that a download shows how far it is. */
export function setContentLength(bytes: number): void {
  const response = current()?.response
  if (response && !response.headersSent) response.setHeader('Content-Length', bytes)
}

/** The address at the other end of the connection: the client's, or the nearest proxy's. */
export const peerAddress = (): string | null => current()?.request.socket.remoteAddress ?? null

const current = () => shared.greenroomExchange?.getStore()
