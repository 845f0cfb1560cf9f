import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { type MailServer, startMailServer } from '#test/setup/mail-server'
import { json, PASSWORD, signedIn, signIn, visitor } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web
let mail: MailServer

beforeAll(async () => {
  database = await createTestDatabase()
  mail = await startMailServer()
  web = await startWeb(database, { SMTP_URL: mail.url, MAIL_FROM: 'Greenroom <greenroom@example.org>' })
})

afterAll(async () => {
  await web?.stop()
  await mail?.close()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

const NEXT = 'another battery, other horses'
const reset = (token: string | null, password = NEXT) =>
  visitor(web.origin).fetch('/api/v1/reset', json('POST', { token, password }))
const forgot = (email: string, headers = {}) =>
  visitor(web.origin).fetch('/api/v1/forgot', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ email }),
  })

/** The link in a mail, whose lines may be broken. */
const linkIn = (text: string) =>
  /http\S+token=[\w-]+/.exec(text.replace(/=\n/g, '').replace(/=3D/g, '='))?.[0] ?? ''

describe('a forgotten password', () => {
  it('is replaced with a link by mail, which ends the sessions', async () => {
    const who = await signedIn(web.origin)
    const answer = await forgot(who.user.email.toUpperCase(), { 'x-forwarded-host': 'evil.example' })
    expect(answer.status).toBe(202)
    const theirs = () => mail.mails.filter((text) => text.includes(`To: ${who.user.email}`))
    await expect.poll(() => theirs().length, { timeout: 20_000 }).toBe(1)
    const link = new URL(linkIn(theirs()[0]))
    expect(link.origin).toBe(web.origin)
    const page = await visitor(web.origin).fetch(`${link.pathname}${link.search}`)
    const html = await page.text()
    expect(html).toContain(who.user.email)
    expect(html).toContain('content="no-referrer"')
    expect((await reset(link.searchParams.get('token'))).status).toBe(204)
    expect((await who.fetch('/api/v1/queue')).status).toBe(401)
    expect((await signIn(visitor(web.origin), who.user.email, PASSWORD)).error).toBe('CredentialsSignin')
    expect((await signIn(visitor(web.origin), who.user.email, NEXT)).error).toBeNull()
    const again = await reset(link.searchParams.get('token'))
    expect([again.status, await again.json()]).toMatchObject([410, { code: 'invalid_link' }])
  })

  it('tells nobody which addresses have accounts', async () => {
    const who = await signedIn(web.origin)
    const told = async (email: string) => {
      const response = await forgot(email)
      return [response.status, await response.text(), response.headers.get('content-type')]
    }
    expect(await told('nobody@example.org')).toEqual(await told(who.user.email))
  })

  it('is replaced with a link by an admin', async () => {
    const [who, admin] = [await signedIn(web.origin), await signedIn(web.origin, 'admin')]
    const answer = await admin.fetch(`/api/v1/users/${who.user.id}/reset-link`, json('POST'))
    expect(answer.status).toBe(201)
    const { url } = (await answer.json()) as { url: string }
    expect(url).toMatch(new RegExp(`^${web.origin}/reset\\?token=`))
    const weak = await reset(new URL(url).searchParams.get('token'), '1234567890')
    expect([weak.status, await weak.json()]).toMatchObject([422, { code: 'weak_password' }])
    expect((await reset(new URL(url).searchParams.get('token'))).status).toBe(204)
    expect((await signIn(visitor(web.origin), who.user.email, NEXT)).error).toBeNull()
  })

  it('can’t be guessed at', async () => {
    const from = { 'Content-Type': 'application/json', 'x-forwarded-for': '198.51.100.30' }
    const body = JSON.stringify({ token: 'x'.repeat(43), password: NEXT })
    const statuses = []
    for (let attempt = 0; attempt < 21; attempt++)
      statuses.push(
        (await visitor(web.origin).fetch('/api/v1/reset', { method: 'POST', headers: from, body })).status,
      )
    expect(statuses).toEqual([...Array(20).fill(410), 429])
  })
})

it('sends no mail where its own address is what the request says', async () => {
  const open = await startWeb(database, {
    ...{ AUTH_TRUST_HOST: '1', SMTP_URL: mail.url, MAIL_FROM: 'g@example.org' },
  })
  try {
    const answer = await visitor(open.origin).fetch(
      '/api/v1/forgot',
      json('POST', { email: 'a@example.org' }),
    )
    expect([answer.status, await answer.json()]).toMatchObject([409, { code: 'no_mail' }])
    expect(await (await visitor(open.origin).fetch('/forgot')).text()).toContain('Ask an admin')
    expect(await db().passwordReset.count({ where: { user: { email: 'a@example.org' } } })).toBe(0)
  } finally {
    await open.stop()
  }
})
