import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createUser } from '#core/user/mutations'
import { createResetLinkFor } from '#core/user/reset'
import { openBrowser, type TestBrowser } from '#test/setup/browser'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import {
  askForProvider,
  CLIENT,
  consent,
  type OpenIdServer,
  openIdAddresses,
  startOpenId,
} from '#test/setup/openid'
import { json, PASSWORD, signIn, type Visitor, visitor } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

const PEOPLE = {
  ada: { email: 'Ada@Example.org', email_verified: true, name: 'Ada Lovelace', groups: ['staff', 'it'] },
  mei: { email: 'mei@example.org', email_verified: true, name: 'Mei', groups: ['staff'] },
  eve: { email: 'eve@evil.example', email_verified: true },
  sub: { email: 'sub@mail.example.org', email_verified: true },
  bob: { email: 'bob@example.org', email_verified: false },
  off: { email: 'off@example.org', email_verified: true },
}

let database: TestDatabase
let web: Web
/** Passwords are off here, and the provider is not the one that the settings name. */
let strict: Web
let openId: OpenIdServer
let browser: TestBrowser

beforeAll(async () => {
  database = await createTestDatabase()
  const addresses = await openIdAddresses()
  const client = { OIDC_CLIENT_ID: CLIENT.id, OIDC_CLIENT_SECRET: CLIENT.secret }
  const open = {
    ...client,
    OIDC_ISSUER: addresses.issuer,
    OIDC_ALLOWED_DOMAINS: 'example.org',
    OIDC_LABEL: 'Acme',
  }
  const roles = { OIDC_ROLE_CLAIM: 'groups', OIDC_ROLES: 'it=admin,render-ops=operator' }
  ;[web, strict] = await Promise.all([
    startWeb(database, { ...open, ...roles }),
    startWeb(database, { ...client, OIDC_ISSUER: addresses.disguise, OIDC_ONLY: '1' }),
  ])
  openId = await startOpenId(addresses, [web.origin, strict.origin], PEOPLE)
  browser = await openBrowser()
})

afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await browser.photograph('openid')
})

afterAll(async () => {
  await browser?.close()
  await openId?.close()
  await Promise.all([web?.stop(), strict?.stop()])
  await closeBoss()
  await closeDb()
  await database?.drop()
})

/** Where the portal sends a browser that comes back from the provider. */
async function comeBack(who: Visitor, callback: URL): Promise<string> {
  let path = `${callback.pathname}${callback.search}`
  // next-auth has a page of its own for errors, which leads to ours.
  while (path.startsWith('/api/auth/')) {
    const answer = await who.fetch(path)
    const { pathname, search } = new URL(answer.headers.get('location')!, callback)
    path = `${pathname}${search}`
  }
  return path
}

const enter = async (who: Visitor, name: string) =>
  comeBack(who, await consent(await askForProvider(who), name))
const works = async (who: Visitor) => (await who.fetch('/api/v1/queue')).status === 200

it('lets a newcomer in with a click, with the role of their group, and shows how they sign in', async () => {
  const page = await browser.visit(web.origin, { width: 390 })
  await page.goto('/sign-in?next=/admin/people')
  await page.getByRole('button', { name: 'Sign in with Acme' }).click()
  await page.getByPlaceholder('Enter any login').fill('ada')
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'People' }).waitFor()
  await page.getByRole('cell', { name: /^Ada Lovelace/ }).waitFor()
  await page.goto('/profile')
  await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor()
  expect(await page.getByRole('heading', { name: 'Password' }).count()).toBe(0)
  const ada = await db().user.findUniqueOrThrow({ where: { email: 'ada@example.org' } })
  expect(ada).toMatchObject({ role: 'admin', passwordHash: null })
  expect(await db().session.findMany({ where: { userId: ada.id } })).toMatchObject([{ byProvider: true }])
  expect(browser.problems).toEqual([])
})

it('leads on to where somebody wanted, and ends the session at a sign-out as any other', async () => {
  const who = visitor(web.origin)
  expect(await enter(who, 'mei')).toBe('/history')
  expect(await works(who)).toBe(true)
  const { csrfToken } = (await (await who.fetch('/api/auth/csrf')).json()) as { csrfToken: string }
  const thief = visitor(web.origin)
  thief.cookies.set('greenroom.session-token', who.cookies.get('greenroom.session-token')!)
  await who.fetch('/api/auth/signout', {
    method: 'POST',
    body: new URLSearchParams({ csrfToken, json: 'true' }),
  })
  expect(await works(thief)).toBe(false)
})

describe('who may not come in is told why', () => {
  it.each([
    ['eve', 'wrong_domain', 'Addresses like yours'],
    ['sub', 'wrong_domain', 'Addresses like yours'],
    ['bob', 'unverified', 'has not verified'],
    ['off', 'disabled', 'is disabled'],
  ])('%s: %s', async (name, error, words) => {
    await createUser({ email: `${name}@example.org`, name, password: PASSWORD, role: 'member' })
    await db().user.updateMany({ where: { name: 'off' }, data: { disabledAt: new Date() } })
    const who = visitor(web.origin)
    expect(await enter(who, name)).toBe(`/sign-in?error=${error}`)
    expect(await works(who)).toBe(false)
    expect(await (await who.fetch(`/sign-in?error=${error}`)).text()).toContain(words)
    expect(await db().identity.count({ where: { subject: name } })).toBe(0)
  })
})

describe('an answer of the provider is worth nothing', () => {
  const FAILED = /^\/sign-in\?callbackUrl=\S+&error=OAuthCallback$/

  it('a second time', async () => {
    const who = visitor(web.origin)
    const callback = await consent(await askForProvider(who), 'mei')
    const before = new Map(who.cookies)
    expect(await comeBack(who, callback)).toBe('/history')
    expect(await comeBack(who, callback)).toMatch(FAILED)
    // Not even with the cookies of the first time: the provider takes its code back then.
    const again = { ...visitor(web.origin) }
    for (const [name, value] of before) again.cookies.set(name, value)
    expect(await comeBack(again, callback)).toMatch(FAILED)
  })

  it('in another browser, which did not ask for it', async () => {
    const [attacker, victim] = [visitor(web.origin), visitor(web.origin)]
    const callback = await consent(await askForProvider(attacker), 'mei')
    expect(await comeBack(victim, callback)).toMatch(FAILED)
    await askForProvider(victim)
    expect(await comeBack(victim, callback)).toMatch(FAILED)
    expect(await works(victim)).toBe(false)
  })

  it.each(['state', 'nonce', 'code_challenge'])('when its %s was changed on the way', async (name) => {
    const who = visitor(web.origin)
    const start = await askForProvider(who)
    expect(start.searchParams.get(name)).toMatch(/^[\w-]{43}$/)
    start.searchParams.set(name, 'x'.repeat(43))
    expect(await comeBack(who, await consent(start, 'mei'))).toMatch(FAILED)
    expect(await works(who)).toBe(false)
  })

  it('from another issuer than the one of the settings', async () => {
    const who = visitor(strict.origin)
    expect(await enter(who, 'mei')).toBe('/sign-in?error=wrong_issuer')
    expect(await works(who)).toBe(false)
  })
})

it('where passwords are off, none works but the one that the terminal’s link has set', async () => {
  const email = 'rescue@example.org'
  await createUser({ email, name: 'R', password: PASSWORD, role: 'admin' })
  const page = await (await visitor(strict.origin).fetch('/sign-in')).text()
  expect([page.includes('Sign in with'), page.includes('type="password"')]).toEqual([true, false])
  expect((await signIn(visitor(strict.origin), email, PASSWORD)).error).toBe('CredentialsSignin')
  const { token } = (await createResetLinkFor(email))!
  const password = 'another battery, other horses'
  const reset = await visitor(strict.origin).fetch('/api/v1/reset', json('POST', { token, password }))
  expect(reset.status).toBe(204)
  expect((await signIn(visitor(strict.origin), email, password)).error).toBeNull()
  await db().user.updateMany({ where: { email }, data: { rescueUntil: new Date() } })
  expect((await signIn(visitor(strict.origin), email, password)).error).toBe('CredentialsSignin')
})
