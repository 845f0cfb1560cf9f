import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'

export type Exchange = { request: IncomingMessage; response: ServerResponse }

const REQUEST_START = 'http.server.request.start'
const shared = globalThis as typeof globalThis & { greenroomExchange?: AsyncLocalStorage<Exchange> }

/**
 * Lets routes reach the Node request behind theirs, for the two things that Next hides: the peer's address,
 * and the Content-Length of an answer, which it takes out of every Response. `onStart` sees each before Next does. Returns what
 * ends it.
 */
export function watchExchanges(onStart: (exchange: Exchange) => void): () => void {
  if (shared.greenroomExchange) return () => {}
  const exchanges = new AsyncLocalStorage<Exchange>()
  shared.greenroomExchange = exchanges
  const start = (message: unknown) => {
    exchanges.enterWith(message as Exchange)
    onStart(message as Exchange)
  }
  subscribe(REQUEST_START, start)
  return () => {
    unsubscribe(REQUEST_START, start)
    shared.greenroomExchange = undefined
  }
}

/** Says how long the answer's body will be, so that a download shows how far it is. */
export function setContentLength(bytes: number): void {
  const response = current()?.response
  if (response && !response.headersSent) response.setHeader('Content-Length', bytes)
}

/** The addresses of both ends of the connection; the far one is the client's, or the nearest proxy's. */
export function connectionEnds(): { peer: string | null; own: string | null } {
  const socket = current()?.request.socket
  return { peer: plain(socket?.remoteAddress), own: plain(socket?.localAddress) }
}

/** An IPv4 address as a socket for both versions tells it, without its IPv6 dress. */
const plain = (address: string | undefined): string | null =>
  address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? null

/** A header as it was sent: Next fills in those of proxies where they are missing. The last of several values. */
export function sentHeader(name: string): string | null {
  const raw = current()?.request.rawHeaders ?? []
  const at = raw.findLastIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name)
  return at < 0 ? null : raw[at + 1].split(',').at(-1)?.trim() || null
}

const current = () => shared.greenroomExchange?.getStore()
