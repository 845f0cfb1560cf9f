import { BlockList, isIP } from 'node:net'
import { hostname } from 'node:os'
import { trustedProxies, webEnv } from './env.ts'
import { connectionEnds, sentHeader } from './exchange.ts'

/**
 * Scheme and host that people use, e.g. `https://greenroom.example.com`: for links and for cookies. It is what is set;
 * where nothing is, the Host header is followed to names that lead nowhere but to this machine or its network.
 */
export function originOf(headers: Headers): string {
  const { NEXTAUTH_URL, AUTH_TRUST_HOST } = webEnv()
  const host = AUTH_TRUST_HOST ? hostOf(headers) : null
  if (!host) return new URL(NEXTAUTH_URL ?? 'http://localhost:3000').origin
  const scheme = forwarded('x-forwarded-proto') === 'https' ? 'https' : 'http'
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
 * The address that a request came from: for limits, sessions and whatever is written down about who did something.
 * It is the other end of the connection; where that is a trusted proxy, the last hop of X-Forwarded-For that isn't
 * one too, as a client can write the hops before it.
 */
export function addressOf(headers: Headers): string {
  const { peer } = connectionEnds()
  if (!peer) return 'unknown'
  const hops = headers.get('x-forwarded-for')?.split(',').map(bare) ?? []
  let address = peer
  while (isTrusted(address) && isIP(hops.at(-1) ?? '')) address = hops.pop()!
  return address
}

/** Whether an https address of ours was asked, as far as the nearest trusted proxy knows. */
export function cameByHttps(): boolean {
  const said = forwarded('x-forwarded-proto')
  if (said) return said === 'https'
  const { NEXTAUTH_URL, AUTH_TRUST_HOST } = webEnv()
  return !AUTH_TRUST_HOST && NEXTAUTH_URL?.startsWith('https:') === true
}

/** What the nearest proxy says, if it is a trusted one. */
function forwarded(name: string): string | null {
  const { peer } = connectionEnds()
  return peer && isTrusted(peer) ? sentHeader(name) : null
}

const isTrusted = (address: string): boolean => isIn(trustedProxies(), address)

const isIn = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** A hop as some proxies write it: with a port, or an IPv6 address in brackets. */
const bare = (hop: string): string =>
  hop
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')

function hostOf(headers: Headers): string | null {
  const said = forwarded('x-forwarded-host')
  const host = said ?? headers.get('host')
  if (!host || !/^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host)) return null
  return said || leadsHere(bare(host.replace(/:\d+$/, ''))) ? host : null
}

/** Names that nobody on the internet can own (RFC 6761, 6762, 8375, and .internal), addresses within, and our own. */
function leadsHere(name: string): boolean {
  const lower = name.toLowerCase()
  if (isIP(lower)) return isIn(WITHIN, lower) || lower === connectionEnds().own
  return !lower.includes('.') || LOCAL_NAMES.test(lower) || lower === hostname().toLowerCase()
}

const LOCAL_NAMES = /\.(localhost|local|lan|internal|home\.arpa)$/

const WITHIN = new BlockList()
for (const [address, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  WITHIN.addSubnet(address, bits, 'ipv4')
for (const [address, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  WITHIN.addSubnet(address, bits, 'ipv6')

const hostIn = (url = ''): string | null => (URL.canParse(url) ? new URL(url).host : null)
