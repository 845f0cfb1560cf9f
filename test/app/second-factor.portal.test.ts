import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createUser } from '#core/user/mutations'
import { unseal } from '#core/user/sealed'
import { stepAt, totpCode } from '#core/user/totp'
import { openBrowser, type TestBrowser } from '#test/setup/browser'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { json, type Member, PASSWORD, signedIn, signIn, visitor } from '#test/setup/visitor'
import { startWeb, type Web, webEnvironment } from '#test/setup/web'

let database: TestDatabase
let web: Web
let browser: TestBrowser

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database, { REQUIRE_TOTP: 'admin' })
  browser = await openBrowser()
})

// To read the secrets as the portal does.
beforeEach(() => vi.stubEnv('NEXTAUTH_SECRET', webEnvironment(database, web.origin).NEXTAUTH_SECRET))

afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await browser.photograph('second-factor')
})

afterAll(async () => {
  await browser?.close()
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

/** What somebody's app shows, some steps from now. */
async function appCode(email: string, off = 0): Promise<string> {
  const { id, totpSecret } = await db().user.findUniqueOrThrow({ where: { email } })
  return totpCode(unseal(totpSecret!, id)!, stepAt(Date.now()) + off)
}

const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code

/** Sets it up through the API with the app's code of now; the next one is good already. */
async function setUp(who: Member): Promise<string[]> {
  expect((await who.fetch('/api/v1/profile/totp', json('POST'))).status).toBe(201)
  const code = await appCode(who.user.email)
  const answer = await who.fetch('/api/v1/profile/totp', json('PUT', { password: PASSWORD, code }))
  return ((await answer.json()) as { recoveryCodes: string[] }).recoveryCodes
}

test('an admin without it gets nothing but the way to set it up', async () => {
  const admin = await signedIn(web.origin, 'admin')
  for (const path of ['queue', 'events', 'users', 'profile', 'assets?kind=speech'])
    expect(await codeOf(await admin.fetch(`/api/v1/${path}`))).toBe('second_factor_missing')
  const upload = { 'tus-resumable': '1.0.0', 'upload-length': '3', 'upload-metadata': 'kind c3BlZWNo' }
  expect((await admin.fetch('/api/v1/uploads', { method: 'POST', headers: upload })).status).toBe(403)
  for (const [path, page] of [
    ['/', '/second-factor'],
    ['/admin/people', '/second-factor?next=%2Fadmin%2Fpeople'],
  ]) {
    const html = await (await admin.fetch(path)).text()
    expect(html).toContain(page)
    expect(html).not.toContain(admin.user.email)
  }
  expect(await setUp(admin)).toHaveLength(10)
  expect((await admin.fetch('/api/v1/users')).status).toBe(200)
  const proof = { password: PASSWORD, code: await appCode(admin.user.email, 1) }
  expect(await codeOf(await admin.fetch('/api/v1/profile/totp', json('DELETE', proof)))).toBe(
    'second_factor_required',
  )
})

test('a password alone, a used code and a new password by a link do not get past it', async () => {
  const [who, admin] = [await signedIn(web.origin), await signedIn(web.origin, 'admin')]
  const [first] = await setUp(who)
  await setUp(admin)
  const tryIn = async (code?: string, password = PASSWORD) =>
    (await signIn(visitor(web.origin), who.user.email, password, {}, code)).error
  const code = await appCode(who.user.email, 1)
  expect([await tryIn(undefined, 'wrong'), await tryIn(code, 'wrong')]).toEqual(
    Array(2).fill('CredentialsSignin'),
  )
  expect([await tryIn(), await tryIn('12345'), await tryIn(code), await tryIn(code)]).toEqual([
    ...['code_needed', 'wrong_code', null, 'wrong_code'],
  ])
  const link = await admin.fetch(`/api/v1/users/${who.user.id}/reset-link`, json('POST'))
  const { url } = (await link.json()) as { url: string }
  const [token, password] = [new URL(url).searchParams.get('token'), 'another battery, other horses']
  expect((await visitor(web.origin).fetch('/api/v1/reset', json('POST', { token, password }))).status).toBe(
    204,
  )
  expect([await tryIn(undefined, password), await tryIn(first, password)]).toEqual(['code_needed', null])

  expect(await codeOf(await admin.fetch(`/api/v1/users/${admin.user.id}/totp`, json('DELETE')))).toBe(
    'yourself',
  )
  expect((await admin.fetch(`/api/v1/users/${who.user.id}/totp`, json('DELETE'))).status).toBe(200)
  expect(await tryIn(undefined, password)).toBeNull()
})

async function typePassword(page: Page, email: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function proveIt(page: Page, code: string, button: string): Promise<void> {
  await page.getByLabel('Code from the app').fill(code)
  await page.getByLabel('Current password').last().fill(PASSWORD)
  await page.getByRole('button', { name: button, exact: true }).last().click()
}

async function expectNothingSerious(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([])
}

test('an admin sets it up at the first sign-in, and gets new recovery codes in the profile', async () => {
  await createUser({ email: 'ada@example.org', name: 'Ada', password: PASSWORD, role: 'admin' })
  const page = await browser.visit(web.origin, { width: 390 })
  await page.goto('/sign-in?next=/profile')
  await typePassword(page, 'ada@example.org')
  await page.getByRole('button', { name: 'Set up' }).click()
  await page.getByRole('img', { name: 'QR code for an authenticator app' }).waitFor()
  await expectNothingSerious(page)
  await proveIt(page, '000000', 'Turn on')
  await page.getByText('This code is wrong').waitFor()
  await proveIt(page, await appCode('ada@example.org'), 'Turn on')
  const list = page.getByRole('list', { name: 'Recovery codes' })
  await list.waitFor()
  const codes = await list.getByRole('listitem').allInnerTexts()
  expect(codes).toHaveLength(10)
  await expectNothingSerious(page)
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.getByText('10 recovery codes left.').waitFor()
  await page.getByText('Your role needs it').waitFor()
  await expectNothingSerious(page)

  await page.getByRole('button', { name: 'New recovery codes' }).click()
  await proveIt(page, codes[0], 'New recovery codes')
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect(await db().recoveryCode.count({ where: { user: { email: 'ada@example.org' } } })).toBe(10)
})

test('the sign-in page asks for a code after the password', async () => {
  const who = await signedIn(web.origin)
  await setUp(who)
  const phone = await browser.visit(web.origin, { width: 390 })
  // What went wrong with the provider before says nothing of the password.
  await phone.goto('/sign-in?error=OAuthCallback')
  await typePassword(phone, who.user.email)
  await phone.getByLabel('Code').fill('abcde-fghjk')
  await phone.getByRole('button', { name: 'Sign in' }).click()
  await phone.getByText('This code is wrong').waitFor()
  await expectNothingSerious(phone)
  await phone.getByLabel('Code').fill(await appCode(who.user.email, 1))
  await phone.getByRole('button', { name: 'Sign in' }).click()
  await phone.getByRole('heading', { name: 'Queue', exact: true }).waitFor()
  expect(browser.problems).toEqual([])
})

test('a member turns it off again', async () => {
  const who = await signedIn(web.origin)
  await setUp(who)
  const proof = { password: PASSWORD, code: await appCode(who.user.email, 1) }
  expect((await who.fetch('/api/v1/profile/totp', json('DELETE', proof))).status).toBe(204)
  expect((await signIn(visitor(web.origin), who.user.email, PASSWORD)).error).toBeNull()
})
