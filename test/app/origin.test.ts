import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { trustedProxies } from '#app/_server/env'
import { watchExchanges } from '#app/_server/exchange'
import { addressOf, originOf } from '#app/_server/origin'
import { prepareExchange } from '#app/_server/prepare-exchange'

/** A web server that answers each request with where it takes it to come from, and to have been sent to. */
let server: Server
let port: number
let endWatch: () => void

beforeAll(async () => {
  endWatch = watchExchanges(prepareExchange)
  server = createServer((incoming, outgoing) => {
    const headers = new Headers(incoming.headers as Record<string, string>)
    const state = incoming.headers['next-router-state-tree'] ?? null
    outgoing.end(JSON.stringify({ address: addressOf(headers), origin: originOf(headers), state }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterAll(() => {
  server.close()
  endWatch()
})
afterEach(() => vi.unstubAllEnvs())

/** A portal at an address that somebody set, or (null) one that follows the Host header. */
function portalAt(publicUrl: string | null, proxies?: string): void {
  vi.stubEnv('NEXTAUTH_SECRET', 's'.repeat(16))
  vi.stubEnv('NEXTAUTH_URL', publicUrl ?? 'http://localhost:3000')
  vi.stubEnv('AUTH_TRUST_HOST', publicUrl ? '' : '1')
  vi.stubEnv('TRUSTED_PROXIES', proxies)
}

type Answer = { address: string; origin: string; state: string | null; headers: IncomingHttpHeaders }

function ask(headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => (text += part))
      response.on('end', () => resolve({ ...JSON.parse(text), headers: response.headers }))
    })
    sent.on('error', reject).end()
  })
}

const PUBLIC = 'https://greenroom.example'

it.each([
  // Nobody asked for a proxy: what the request says of itself is worth nothing.
  [null, undefined, '6.6.6.6', '127.0.0.1'],
  [PUBLIC, '10.0.0.0/8', '6.6.6.6', '127.0.0.1'],
  [PUBLIC, '', '6.6.6.6', '6.6.6.6'],
  // A client wrote the first hop, the proxy on this machine the last.
  [PUBLIC, undefined, '6.6.6.6, 203.0.113.9', '203.0.113.9'],
  [PUBLIC, 'loopback, 203.0.113.0/24', '6.6.6.6, 198.51.100.1, 203.0.113.9', '198.51.100.1'],
  [PUBLIC, 'loopback,2001:db8::/32', '2001:db9::1, [2001:db8::5]:443', '2001:db9::1'],
  [PUBLIC, undefined, '198.51.100.1:55012', '198.51.100.1'],
  [PUBLIC, undefined, 'nonsense', '127.0.0.1'],
  [PUBLIC, undefined, '', '127.0.0.1'],
])('portal %s, proxies %s, X-Forwarded-For "%s": comes from %s', async (url, proxies, hops, address) => {
  portalAt(url, proxies)
  expect((await ask({ 'X-Forwarded-For': hops })).address).toBe(address)
})

it.each([
  [PUBLIC, undefined, { Host: 'evil.example' }, PUBLIC],
  [PUBLIC, undefined, { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'http' }, PUBLIC],
  [null, undefined, { Host: 'evil.example' }, 'http://localhost:3000'],
  [null, undefined, { Host: '6.6.6.6:3000' }, 'http://localhost:3000'],
  [null, undefined, { Host: '192.168.1.5:3000' }, 'http://192.168.1.5:3000'],
  [null, undefined, { Host: '[fd00::5]:3000' }, 'http://[fd00::5]:3000'],
  [null, undefined, { Host: 'studio.local' }, 'http://studio.local'],
  [null, undefined, { Host: 'studio' }, 'http://studio'],
  [null, undefined, { Host: 'studio', 'X-Forwarded-Host': 'evil.example' }, 'http://studio'],
  [null, undefined, { Host: 'studio', 'X-Forwarded-Proto': 'https' }, 'http://studio'],
  [
    ...([null, 'loopback'] as const),
    { 'X-Forwarded-Host': 'portal.example', 'X-Forwarded-Proto': 'https' },
    'https://portal.example',
  ],
] as const)('portal %s, proxies %s, %j: links begin with %s', async (url, proxies, headers, origin) => {
  portalAt(url, proxies)
  expect((await ask(headers)).origin).toBe(origin)
})

it.each([
  [PUBLIC, undefined, {}, true],
  [PUBLIC, undefined, { 'X-Forwarded-Proto': 'https' }, true],
  [PUBLIC, undefined, { 'X-Forwarded-Proto': 'http' }, false],
  ['http://greenroom.example', undefined, {}, false],
  [null, undefined, { 'X-Forwarded-Proto': 'https' }, false],
  [null, 'loopback', { 'X-Forwarded-Proto': 'https' }, true],
] as const)('portal %s, proxies %s, %j: stays with TLS: %s', async (url, proxies, headers, stays) => {
  portalAt(url, proxies)
  const hsts = (await ask(headers)).headers['strict-transport-security']
  expect(hsts).toBe(stays ? 'max-age=31536000; includeSubDomains' : undefined)
})

it('a router state that Next could not read never gets to it', async () => {
  portalAt(PUBLIC)
  const good = encodeURIComponent(JSON.stringify(['', { children: ['__PAGE__', {}] }]))
  expect((await ask({ 'Next-Router-State-Tree': good })).state).toBe(good)
  for (const bad of ['x', '%', '[1]', '%7B%7D', encodeURIComponent(JSON.stringify(['', { a: 1 }]))])
    expect((await ask({ 'Next-Router-State-Tree': bad })).state).toBeNull()
})

it.each(['everybody', '10.0.0.0/33', '10.0.0.0/x', '10.0.0'])('TRUSTED_PROXIES=%s is refused', (setting) => {
  portalAt(PUBLIC, setting)
  expect(() => trustedProxies()).toThrow(/^TRUSTED_PROXIES: must be addresses or networks.*not/)
})
