import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDb } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { signedIn } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

it.each(['/sign-in', '/', '/api/v1/health', '/api/v1/queue', '/icon.svg', '/nowhere'])(
  '%s tells browsers not to frame it, not to guess its type and not to tell where they were',
  async (address) => {
    const { headers } = await fetch(web.origin + address, { redirect: 'manual' })
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('permissions-policy')).toContain('camera=()')
  },
)

it.each(['/sign-in', '/nowhere'])('%s runs the scripts that came with it, and no others', async (address) => {
  const nonces = await Promise.all(
    [1, 2].map(async () => {
      const response = await fetch(web.origin + address)
      const html = await response.text()
      const policy = response.headers.get('content-security-policy') ?? ''
      const nonce = /script-src 'nonce-([^']+)' 'strict-dynamic';/.exec(policy)?.[1]
      const scripts = html.match(/<script[^>]*>/g) ?? []
      expect(scripts.length).toBeGreaterThan(1)
      expect(scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`))).toEqual([])
      return nonce
    }),
  )
  expect(nonces[0]).not.toBe(nonces[1])
})

it('what makes no sense is answered without a word in the log', async () => {
  const log = () => readFileSync(path.join(database.dataDir, 'logs/web.log'), 'utf8') + web.output()
  const before = log()
  const state = { RSC: '1', 'Next-Router-State-Tree': 'x' }
  expect((await fetch(`${web.origin}/sign-in`, { headers: state })).status).toBe(200)
  const nowhere = await fetch(`${web.origin}/api/nowhere`)
  expect(nowhere.status).toBe(404)
  expect(await nowhere.json()).toMatchObject({ code: 'not_found' })
  expect(log()).toBe(before)
})

it('no cache keeps what the API says', async () => {
  const mara = await signedIn(web.origin)
  for (const address of ['/api/v1/queue', '/api/v1/jobs', '/api/v1/profile/sessions', '/api/v1/jobs/none']) {
    const { headers } = await mara.fetch(address)
    expect(headers.get('cache-control'), address).toContain('no-store')
  }
})

it('a sign-in of more than 16 KiB is cut off while it comes', async () => {
  let sent = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 64 * 1024
      controller.enqueue(new TextEncoder().encode(`email=${'x'.repeat(64 * 1024)}`))
    },
  })
  const response = await fetch(`${web.origin}/api/auth/callback/credentials`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: web.origin },
    body: endless,
    duplex: 'half',
  } as RequestInit)
  expect(response.status).toBe(413)
  expect(await response.json()).toMatchObject({ code: 'body_too_large' })
  // What is on its way in buffers, and no more.
  expect(sent).toBeLessThan(32 * 1024 * 1024)
})
