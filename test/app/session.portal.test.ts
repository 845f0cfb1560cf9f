import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createSetupToken } from '#core/user/invitations'
import { createUser, disableUser } from '#core/user/mutations'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { json, type Member, PASSWORD, signedIn, signIn, type Visitor, visitor } from '#test/setup/visitor'
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

describe('signing in', () => {
  it('sets one cookie that scripts and other sites cannot use', async () => {
    await createUser({ email: 'cookie@example.org', name: 'C', password: PASSWORD, role: 'member' })
    const { error, response } = await signIn(visitor(web.origin), ' Cookie@Example.org ', PASSWORD)
    expect(error).toBeNull()
    const cookie = response.headers.getSetCookie().find((line) => line.includes('session-token='))
    expect(cookie).toMatch(/HttpOnly/i)
    expect(cookie).toMatch(/SameSite=Lax/i)
    expect(cookie).not.toMatch(/Secure/i)
  })

  it('says the same for a wrong password, an unknown address and a disabled account', async () => {
    await createUser({ email: 'off@example.org', name: 'O', password: PASSWORD, role: 'member' })
    await db().user.update({ where: { email: 'off@example.org' }, data: { disabledAt: new Date() } })
    for (const [email, password] of [
      ['cookie@example.org', 'wrong'],
      ['unknown@example.org', PASSWORD],
      ['off@example.org', PASSWORD],
    ]) {
      const { error, response } = await signIn(visitor(web.origin), email, password)
      expect([response.status, error]).toEqual([401, 'CredentialsSignin'])
    }
  })

  it('stops guessing at one account, says for how long, and leaves other addresses alone', async () => {
    await createUser({ email: 'guessed@example.org', name: 'G', password: PASSWORD, role: 'member' })
    const guesser = { 'x-forwarded-for': '198.51.100.7' }
    for (let attempt = 0; attempt < 8; attempt++)
      expect((await signIn(visitor(web.origin), 'guessed@example.org', 'wrong', guesser)).error).toBe(
        'CredentialsSignin',
      )
    const { error } = await signIn(visitor(web.origin), 'guessed@example.org', PASSWORD, guesser)
    expect(error).toMatch(/^rate_limited:\d+$/)
    expect(Number(error?.split(':')[1])).toBeGreaterThan(800)
    expect((await signIn(visitor(web.origin), 'guessed@example.org', PASSWORD)).error).toBeNull()
  })

  it('believes only the last hop of X-Forwarded-For, as a client can write the others', async () => {
    await createUser({ email: 'spoofed@example.org', name: 'S', password: PASSWORD, role: 'member' })
    const errors = []
    for (let attempt = 0; attempt < 9; attempt++) {
      const headers = { 'x-forwarded-for': `203.0.113.${attempt}, 198.51.100.10` }
      errors.push((await signIn(visitor(web.origin), 'spoofed@example.org', 'wrong', headers)).error)
    }
    expect(errors.slice(0, 8)).toEqual(Array(8).fill('CredentialsSignin'))
    expect(errors[8]).toMatch(/^rate_limited:/)
  })

  it('forgets wrong attempts after a right one', async () => {
    await createUser({ email: 'clumsy@example.org', name: 'C', password: PASSWORD, role: 'member' })
    for (let round = 0; round < 3; round++) {
      for (let attempt = 0; attempt < 5; attempt++)
        await signIn(visitor(web.origin), 'clumsy@example.org', 'wrong')
      expect((await signIn(visitor(web.origin), 'clumsy@example.org', PASSWORD)).error).toBeNull()
    }
  })

  it('forgets for the address too what was counted before a right one', async () => {
    await createUser({ email: 'office@example.org', name: 'O', password: PASSWORD, role: 'member' })
    const office = { 'x-forwarded-for': '198.51.100.9' }
    for (let person = 0; person < 51; person++)
      expect((await signIn(visitor(web.origin), 'office@example.org', PASSWORD, office)).error).toBeNull()
  })

  it('counts across restarts, and lets a browser in that signed in before', async () => {
    await createUser({ email: 'known@example.org', name: 'K', password: PASSWORD, role: 'member' })
    const [known, guesser] = [visitor(web.origin), { 'x-forwarded-for': '198.51.100.19' }]
    expect((await signIn(known, 'known@example.org', PASSWORD, guesser)).error).toBeNull()
    for (let attempt = 0; attempt < 8; attempt++)
      await signIn(visitor(web.origin), 'known@example.org', 'wrong', guesser)
    const restarted = await startWeb(database)
    try {
      const { error } = await signIn(visitor(restarted.origin), 'known@example.org', PASSWORD, guesser)
      expect(error).toMatch(/^rate_limited:/)
    } finally {
      await restarted.stop()
    }
    expect((await signIn(known, 'known@example.org', PASSWORD, guesser)).error).toBeNull()
    // The cookie is of this account alone, and signed.
    const device = known.cookies.get('greenroom.device')!
    const forger = visitor(web.origin)
    forger.cookies.set('greenroom.device', `other${device}`)
    expect((await signIn(forger, 'known@example.org', PASSWORD, guesser)).error).toMatch(/^rate_limited:/)
  })

  it('writes down who came in, who did not, and when guessing was stopped', async () => {
    const { id } = await createUser({
      email: 'noted@example.org',
      name: 'N',
      password: PASSWORD,
      role: 'member',
    })
    const [who, from] = [visitor(web.origin), { 'x-forwarded-for': '198.51.100.10' }]
    await signIn(who, 'noted@example.org', PASSWORD, from)
    for (let attempt = 0; attempt < 12; attempt++)
      await signIn(visitor(web.origin), 'noted@example.org', 'no', from)
    const entries = await db().auditEntry.findMany({ where: { subjectId: id }, orderBy: { id: 'asc' } })
    expect(entries.map(({ action }) => action)).toEqual([
      'user.sign_in',
      ...Array(8).fill('user.sign_in_failed'),
      'user.sign_in_limited',
    ])
    expect(entries[0]).toMatchObject({ actorId: id, address: '198.51.100.10' })
    expect(entries[1]).toMatchObject({ actorId: null, address: '198.51.100.10' })
    const log = readFileSync(path.join(database.dataDir, 'logs/web.log'), 'utf8')
    expect(log).toMatch(/198\.51\.100\.10.*sign-in failed/)
    expect(log).toMatch(new RegExp(`${id}.*198\\.51\\.100\\.10.*signed in`))
  })

  it('refuses a forged or altered token', async () => {
    const who = await signedIn(web.origin)
    const token = who.cookies.get('greenroom.session-token')!
    who.cookies.set('greenroom.session-token', `${token.slice(0, -4)}AAAA`)
    expect((await who.fetch('/api/v1/queue')).status).toBe(401)
  })

  it('does not lead to another site afterwards', async () => {
    const who = visitor(web.origin)
    await createUser({ email: 'led@example.org', name: 'L', password: PASSWORD, role: 'member' })
    const { csrfToken } = (await (await who.fetch('/api/auth/csrf')).json()) as { csrfToken: string }
    const body = new URLSearchParams({
      csrfToken,
      email: 'led@example.org',
      password: PASSWORD,
      callbackUrl: 'https://evil.example/',
      json: 'true',
    })
    const response = await who.fetch('/api/auth/callback/credentials', { method: 'POST', body })
    expect(await response.json()).toEqual({ url: web.origin })
    for (const next of [
      '/%09/evil.example/x',
      '/%0a',
      '/%0a/evil.example',
      '%5C%5Cevil.example',
      '/.//evil.example',
    ]) {
      const page = await who.fetch(`/sign-in?next=${next}`)
      expect([page.status, page.headers.get('location')]).toEqual([307, '/'])
    }
  })
})

/** Opens the event stream; `ended` resolves when the server ends it. */
async function openStream(who: Visitor): Promise<{ ended: Promise<'ended'> }> {
  const { status, body } = await who.fetch('/api/v1/events')
  expect(status).toBe(200)
  const read = async () => {
    for await (const _ of body!) void _
    return 'ended' as const
  }
  return { ended: read() }
}

/** Signs out as the button does. */
async function leave(who: Visitor): Promise<void> {
  const { csrfToken } = (await (await who.fetch('/api/auth/csrf')).json()) as { csrfToken: string }
  await who.fetch('/api/auth/signout', {
    method: 'POST',
    body: new URLSearchParams({ csrfToken, json: 'true' }),
  })
}

describe('a session', () => {
  it('tells who it is', async () => {
    const who = await signedIn(web.origin, 'admin')
    const { user } = (await (await who.fetch('/api/auth/session')).json()) as { user: unknown }
    const { id, name, email, role } = who.user
    expect(user).toEqual({ id, name, email, role })
  })

  it('ends at once when its user is disabled, and stays ended when they are enabled again', async () => {
    const who = await signedIn(web.origin)
    const admin = await signedIn(web.origin, 'admin')
    expect((await who.fetch('/api/v1/queue')).status).toBe(200)
    expect((await admin.fetch(`/api/v1/users/${who.user.id}/disable`, json('POST'))).status).toBe(200)
    expect((await who.fetch('/api/v1/queue')).status).toBe(401)
    const log = readFileSync(path.join(database.dataDir, 'logs/web.log'), 'utf8')
    expect(log).toMatch(new RegExp(`${admin.user.id}.*POST.*${who.user.id}/disable.*200.*account change`))
    expect(await (await who.fetch('/api/auth/session')).json()).toEqual({})
    expect((await admin.fetch(`/api/v1/users/${who.user.id}/enable`, json('POST'))).status).toBe(200)
    expect((await who.fetch('/api/v1/queue')).status).toBe(401)
    expect((await signIn(who, who.user.email, PASSWORD)).error).toBeNull()
    expect((await who.fetch('/api/v1/queue')).status).toBe(200)
  })

  it('is worth nothing to a thief after its owner signed out, who stays signed in elsewhere', async () => {
    const [who, elsewhere] = [await signedIn(web.origin), visitor(web.origin)]
    await signIn(elsewhere, who.user.email, PASSWORD)
    const thief = visitor(web.origin)
    thief.cookies.set('greenroom.session-token', who.cookies.get('greenroom.session-token')!)
    expect((await thief.fetch('/api/v1/queue')).status).toBe(200)
    const { ended } = await openStream(thief)
    await leave(who)
    expect(await ended).toBe('ended')
    expect((await thief.fetch('/api/v1/queue')).status).toBe(401)
    expect((await thief.fetch('/')).headers.get('location')).toBe('/sign-in')
    expect(await (await thief.fetch('/api/auth/session')).json()).toEqual({})
    expect((await thief.fetch('/api/v1/queue')).status).toBe(401)
    expect((await elsewhere.fetch('/api/v1/queue')).status).toBe(200)
  })

  it('ends when another one begins in the same browser', async () => {
    const who = await signedIn(web.origin)
    const old = who.cookies.get('greenroom.session-token')!
    await signIn(who, who.user.email, PASSWORD)
    expect((await who.fetch('/api/v1/queue')).status).toBe(200)
    who.cookies.set('greenroom.session-token', old)
    expect((await who.fetch('/api/v1/queue')).status).toBe(401)
  })

  it('is not made longer by being renewed', async () => {
    const who = await signedIn(web.origin)
    const almost = new Date(Date.now() - 30 * 24 * 3_600_000 + 60_000)
    await db().session.updateMany({ where: { userId: who.user.id }, data: { createdAt: almost } })
    const { expires } = (await (await who.fetch('/api/auth/session')).json()) as { expires: string }
    expect(new Date(expires).getTime() - almost.getTime()).toBe(30 * 24 * 3_600_000)
    const over = new Date(Date.now() - 30 * 24 * 3_600_000)
    await db().session.updateMany({ where: { userId: who.user.id }, data: { createdAt: over } })
    expect((await who.fetch('/api/v1/queue')).status).toBe(401)
  })

  it('closes its event stream when its user is disabled', async () => {
    const who = await signedIn(web.origin)
    const admin = await signedIn(web.origin, 'admin')
    const { ended } = await openStream(who)
    await disableUser(who.user.id, admin.user)
    expect(await ended).toBe('ended')
  })
})

describe('joining', () => {
  const details = { name: 'New', email: 'new@example.org', password: PASSWORD }

  it('makes the first admin with the set-up link, then members with invitations', async () => {
    await db().user.updateMany({ where: { role: 'admin' }, data: { role: 'member' } })
    const token = await createSetupToken()
    const first = { ...details, token, email: 'first@example.org' }
    const joined = await visitor(web.origin).fetch('/api/v1/join', json('POST', first))
    expect(joined.status).toBe(201)
    expect(await joined.json()).toMatchObject({ role: 'admin', email: 'first@example.org' })

    const admin = visitor(web.origin)
    await signIn(admin, 'first@example.org', PASSWORD)
    const invited = await admin.fetch('/api/v1/users/invitations', json('POST', { role: 'member' }))
    expect(invited.status).toBe(201)
    const { url } = (await invited.json()) as { url: string }
    expect(url).toMatch(new RegExp(`^${web.origin}/join\\?token=`))
    const invitation = new URL(url).searchParams.get('token')
    const taken = await admin.fetch('/api/v1/join', json('POST', { ...first, token: invitation }))
    expect([taken.status, await taken.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'email_taken' }),
    ])
    const member = await admin.fetch('/api/v1/join', json('POST', { ...details, token: invitation }))
    expect([member.status, await member.json()]).toEqual([201, expect.objectContaining({ role: 'member' })])
    const again = await admin.fetch('/api/v1/join', json('POST', { ...details, token: invitation }))
    expect([again.status, await again.json()]).toEqual([
      410,
      expect.objectContaining({ code: 'invalid_link' }),
    ])
  })

  it('says what is missing in words', async () => {
    const asked = { ...details, token: 'x'.repeat(40), password: 'short' }
    const response = await visitor(web.origin).fetch('/api/v1/join', json('POST', asked))
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        code: 'invalid_request',
        message: 'A password has at least 10 characters.',
        params: { field: 'password' },
      },
    ])
    const garbled = await visitor(web.origin).fetch('/api/v1/join', { method: 'POST', body: '{' })
    expect([garbled.status, await garbled.json()]).toMatchObject([400, { code: 'invalid_request' }])
    const huge = await visitor(web.origin).fetch('/api/v1/join', {
      method: 'POST',
      body: 'x'.repeat(1_100_000),
    })
    expect(huge.status).toBe(413)
  })

  it('stops guessing at links', async () => {
    const headers = { 'Content-Type': 'application/json', 'x-forwarded-for': '198.51.100.8' }
    const body = JSON.stringify({ ...details, token: 'x'.repeat(40) })
    const statuses = []
    for (let attempt = 0; attempt < 21; attempt++) {
      const response = await visitor(web.origin).fetch('/api/v1/join', { method: 'POST', headers, body })
      statuses.push(response.status)
      if (response.status === 429) {
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(800)
        expect(await response.json()).toMatchObject({ code: 'rate_limited' })
      }
    }
    expect(statuses).toEqual([...Array(20).fill(410), 429])
  })
})

describe('health', () => {
  it('tells nobody more than whether the portal works', async () => {
    const response = await visitor(web.origin).fetch('/api/health')
    expect([response.status, await response.json()]).toEqual([200, { ok: true, database: true }])
  })

  it('tells an admin about media tools, storage and slots', async () => {
    const admin = await signedIn(web.origin, 'admin')
    const health = await (await admin.fetch('/api/v1/health')).json()
    expect(health).toMatchObject({ media: { ffmpeg: { path: expect.any(String) } }, workers: [] })
    expect((health as { box: object[] }).box).toContainEqual(expect.objectContaining({ name: 'memory' }))
    expect((health as { storage: { freeBytes: number } }).storage.freeBytes).toBeGreaterThan(0)
  })
})

/** The link of an invitation that is made with a forged Host header, which fetch would not send. */
function invitationLink(to: Web, admin: Member, host: string): Promise<string> {
  const cookie = [...admin.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return new Promise((resolve, reject) => {
    const sent = request(
      `${to.origin}/api/v1/users/invitations`,
      { method: 'POST', headers: { host, cookie } },
      (response) => response.on('data', (text) => resolve(JSON.parse(String(text)).url)),
    )
    sent.on('error', reject).end('{"role":"member"}')
  })
}

it('takes its address from the Host header where that is wished', async () => {
  const lan = await startWeb(database, {
    ...{ AUTH_TRUST_HOST: '1', NEXTAUTH_URL: 'http://localhost:1', TRUSTED_PROXIES: 'loopback' },
  })
  try {
    const admin = await signedIn(lan.origin, 'admin')
    const plain = await admin.fetch('/api/v1/users/invitations', json('POST', { role: 'member' }))
    expect(((await plain.json()) as { url: string }).url).toMatch(`${lan.origin}/join`)
    expect(await invitationLink(lan, admin, 'evil.example')).toMatch('http://localhost:1/join')
    const headers = { 'x-forwarded-host': 'portal.lan', 'x-forwarded-proto': 'https' }
    const secure = await signIn(visitor(lan.origin), admin.user.email, PASSWORD, headers)
    const cookie = secure.response.headers.getSetCookie().find((line) => line.includes('session-token='))
    expect(cookie).toMatch(/^__Secure-.*Secure/i)
  } finally {
    await lan.stop()
  }
})

it('refuses to start without a secret and says which setting is missing', async () => {
  await expect(startWeb(database, { SESSION_DAYS: 'many' })).rejects.toThrow(/SESSION_DAYS: /)
  await expect(startWeb(database, { NEXTAUTH_SECRET: '' })).rejects.toThrow(/NEXTAUTH_SECRET: /)
})
