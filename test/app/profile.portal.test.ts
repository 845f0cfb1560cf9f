import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { json, type Member, PASSWORD, signedIn, signIn, visitor } from '#test/setup/visitor'
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

const NEXT = 'another battery, other horses'

/** The same person in another browser. */
async function elsewhere({ user }: Member, headers: Record<string, string> = {}) {
  const who = visitor(web.origin)
  await signIn(who, user.email, PASSWORD, headers)
  return who
}

const works = async (who: { fetch: Member['fetch'] }) => (await who.fetch('/api/v1/queue')).status === 200

describe('the password', () => {
  const change = (who: Member, current: string, password: string) =>
    who.fetch('/api/v1/profile/password', json('PUT', { current, password }))

  it('is changed by whoever knows the present one, and ends the other sessions and their streams', async () => {
    const who = await signedIn(web.origin)
    const thief = await elsewhere(who)
    const { body } = await thief.fetch('/api/v1/events')
    const ended = (async () => {
      for await (const _ of body!) void _
      return 'ended'
    })()
    expect((await change(who, PASSWORD, NEXT)).status).toBe(204)
    expect(await ended).toBe('ended')
    expect([await works(who), await works(thief)]).toEqual([true, false])
    expect((await signIn(visitor(web.origin), who.user.email, PASSWORD)).error).toBe('CredentialsSignin')
    expect((await signIn(visitor(web.origin), who.user.email, NEXT)).error).toBeNull()
    const audit = await db().auditEntry.findMany({ where: { actorId: who.user.id, action: 'user.password' } })
    expect(audit).toHaveLength(1)
  })

  it('stays what it is for a thief with a session, who can’t try many', async () => {
    const who = await signedIn(web.origin)
    const codes = []
    for (let attempt = 0; attempt < 9; attempt++) {
      const answer = await change(who, `guess ${attempt}`, NEXT)
      codes.push(((await answer.json()) as { code: string }).code)
    }
    expect(codes).toEqual([...Array(8).fill('wrong_password'), 'rate_limited'])
    expect((await signIn(visitor(web.origin), who.user.email, PASSWORD)).error).toBeNull()
  })

  it('is none that is easy to guess', async () => {
    const who = await signedIn(web.origin)
    const answer = await change(who, PASSWORD, '1234567890')
    expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'weak_password' }])
    expect(await works(await elsewhere(who))).toBe(true)
  })
})

describe('where one is signed in', () => {
  const list = async (who: Member) =>
    ((await (await who.fetch('/api/v1/profile/sessions')).json()) as { sessions: Record<string, unknown>[] })
      .sessions

  it('is listed with browser and address, and ended one by one or all but here', async () => {
    const who = await signedIn(web.origin)
    const phone = await elsewhere(who, { 'user-agent': 'A phone', 'x-forwarded-for': '198.51.100.20' })
    const tablet = await elsewhere(who)
    const sessions = await list(who)
    expect(sessions).toHaveLength(3)
    expect(sessions.filter(({ current }) => current)).toHaveLength(1)
    const theirs = sessions.find(({ browser }) => browser === 'A phone')!
    expect(theirs).toMatchObject({ address: '198.51.100.20', current: false })
    expect(JSON.stringify(sessions)).not.toMatch(/token/i)

    const path = `/api/v1/profile/sessions/${theirs.id}`
    expect((await who.fetch(path, { method: 'DELETE' })).status).toBe(204)
    expect((await who.fetch(path, { method: 'DELETE' })).status).toBe(404)
    expect([await works(who), await works(phone), await works(tablet)]).toEqual([true, false, true])
    expect((await who.fetch('/api/v1/profile/sessions', { method: 'DELETE' })).status).toBe(204)
    expect([await works(who), await works(tablet)]).toEqual([true, false])
    expect(await list(who)).toHaveLength(1)
  })
})

describe('name, language, theme and time zone', () => {
  it('are kept, and follow their owner into the next browser', async () => {
    const who = await signedIn(web.origin)
    const change = { name: 'Ada \u202elanigiro\r\n', locale: 'zh', theme: 'dark', zone: 'Asia/Shanghai' }
    const answer = await who.fetch('/api/v1/profile', json('PATCH', change))
    expect(await answer.json()).toMatchObject({ ...change, name: 'Ada lanigiro' })
    const next = await elsewhere(who)
    expect(Object.fromEntries(next.cookies)).toMatchObject({
      'greenroom-locale': 'zh',
      'greenroom-theme': 'dark',
      'greenroom-tz-chosen': 'Asia%2FShanghai',
    })
    const page = await (await next.fetch('/history')).text()
    expect(page).toMatch(/<html lang="zh" data-theme="dark"/)
  })

  it('are refused when they are none', async () => {
    const who = await signedIn(web.origin)
    for (const bad of [
      { name: ' ' },
      { name: '\u202e' },
      { locale: 'fr' },
      { zone: 'Mars/Olympus' },
      { role: 'admin' },
    ])
      expect((await who.fetch('/api/v1/profile', json('PATCH', bad))).status).toBe(400)
  })
})
