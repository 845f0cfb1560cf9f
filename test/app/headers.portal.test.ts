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
  async (path) => {
    const { headers } = await fetch(web.origin + path, { redirect: 'manual' })
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('permissions-policy')).toContain('camera=()')
  },
)

it('no cache keeps what the API says', async () => {
  const mara = await signedIn(web.origin)
  for (const path of ['/api/v1/queue', '/api/v1/jobs', '/api/v1/profile/sessions', '/api/v1/jobs/none']) {
    const { headers } = await mara.fetch(path)
    expect(headers.get('cache-control'), path).toContain('no-store')
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
