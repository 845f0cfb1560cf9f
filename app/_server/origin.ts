import { webEnv } from './env.ts'
import { peerAddress } from './exchange.ts'

/** Scheme and host that people use, e.g. `https://greenroom.example.com`: for links and for cookies. */
export function originOf(headers: Headers): string {
  const { NEXTAUTH_URL, AUTH_TRUST_HOST } = webEnv()
  const host = AUTH_TRUST_HOST ? hostOf(headers) : null
  if (!host) return new URL(NEXTAUTH_URL ?? 'http://localhost:3000').origin
  const scheme = first(headers.get('x-forwarded-proto')) === 'https' ? 'https' : 'http'
  return `${scheme}://${host}`
}

/**
 * False when a browser says that another site's page made this request. Browsers set these headers themselves;
 * a request without them comes from no browser, and then has no cookie that it wasn't given on purpose.
 */
export function isSameSite(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site')
  if (site && site !== 'same-origin' && site !== 'none') return false
  const origin = headers.get('origin')
  if (!origin) return true
  const { NEXTAUTH_URL } = webEnv()
  const ours = [headers.get('host'), hostIn(originOf(headers)), hostIn(NEXTAUTH_URL)]
  return ours.includes(hostIn(origin) ?? 'none')
}

/**
 * The address that a request came from, to count attempts by. X-Forwarded-For is believed where a proxy writes
 * it: one on this machine, or any with TRUST_PROXY=1; and of it the last hop, as a client can write the others.
 */
export function addressOf(headers: Headers): string {
  const peer = peerAddress()
  const believed = peer === null || LOOPBACK.test(peer) || webEnv().TRUST_PROXY
  const forwarded = believed ? headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  return forwarded || peer || 'unknown'
}

const LOOPBACK = /^(::ffff:)?127\.|^::1$/

function hostOf(headers: Headers): string | null {
  const host = first(headers.get('x-forwarded-host')) ?? headers.get('host')
  return host && /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host) ? host : null
}

const hostIn = (url = ''): string | null => (URL.canParse(url) ? new URL(url).host : null)

const first = (value: string | null): string | null => value?.split(',')[0].trim() || null
