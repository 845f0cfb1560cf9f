import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createUser } from '#core/user/mutations'
import { startSession } from '#core/user/sessions'
import { openBrowser, type TestBrowser } from '#test/setup/browser'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { BROWSER } from '#test/setup/factories'
import { json, PASSWORD, visitor } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web
let browser: TestBrowser
let page: Page

beforeAll(async () => {
  database = await createTestDatabase()
  await createUser({ email: 'ada@example.org', name: 'Ada', password: PASSWORD, role: 'admin' })
  await createUser({ email: 'kofi@example.org', name: 'Kofi', password: PASSWORD, role: 'member' })
  web = await startWeb(database)
  browser = await openBrowser()
  page = await browser.visit(web.origin, { width: 390 })
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill('ada@example.org')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Queue', exact: true }).waitFor()
})

afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await browser.photograph('people')
})

afterAll(async () => {
  await browser?.close()
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

/** Fills in an invitation and returns its link, which is shown then. */
async function inviteLink(email: string): Promise<string> {
  await page.goto('/admin/people')
  await page.getByRole('button', { name: 'Add a person' }).click()
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('radio', { name: /^Operator/ }).check()
  await page.getByRole('button', { name: 'Create invite link' }).click()
  return page.getByRole('textbox', { name: /link/i }).inputValue()
}

const joinWith = (link: string, email: string) =>
  visitor(web.origin).fetch(
    '/api/v1/join',
    json('POST', { token: new URL(link).searchParams.get('token'), name: 'New', email, password: PASSWORD }),
  )

test('Escape at a link that is shown once withdraws it', async () => {
  const link = await inviteLink('eve@example.org')
  expect(await db().invitation.count()).toBe(1)
  await page.keyboard.press('Escape')
  await page.getByText('Invitation withdrawn.').waitFor()
  expect(await db().invitation.count()).toBe(0)
  expect((await joinWith(link, 'eve@example.org')).status).toBe(410)
})

test('a link that was taken is for its address alone, is listed, and can be withdrawn', async () => {
  const link = await inviteLink('mei@example.org')
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByText('mei@example.org').waitFor()
  expect((await joinWith(link, 'eve@example.org')).status).toBe(403)
  await page.getByRole('button', { name: /^Withdraw/ }).click()
  await page.getByText('mei@example.org').waitFor({ state: 'hidden' })
  expect((await joinWith(link, 'mei@example.org')).status).toBe(410)
})

test('a person is promoted, gets a link for a new password, and is deleted', async () => {
  const kofi = await db().user.findFirstOrThrow({ where: { name: 'Kofi' } })
  const menu = page.getByRole('button', { name: 'Actions for Kofi' })
  await page.goto('/admin/people')
  await menu.click()
  await page.getByRole('menuitemradio', { name: 'Operator' }).click()
  await page.getByText('Kofi is now: Operator.').waitFor()
  expect(await db().user.findUnique({ where: { id: kofi.id } })).toMatchObject({ role: 'operator' })
  await menu.click()
  await page.getByRole('menuitem', { name: 'Link for a new password' }).click()
  expect(await page.getByRole('textbox', { name: /link/i }).inputValue()).toContain('/reset?token=')
  await page.getByRole('button', { name: 'Done' }).click()
  await menu.click()
  await page.getByRole('menuitem', { name: 'Delete account' }).click()
  await page.getByLabel(/batches, videos and files/).selectOption({ label: 'Erase everything' })
  await page.getByRole('dialog').getByRole('button', { name: 'Delete account' }).click()
  await page.getByText('Kofi is deleted.').waitFor()
  expect(await db().user.count({ where: { id: kofi.id } })).toBe(0)
})

test('an admin sees where somebody is signed in, and signs them out there', async () => {
  const mei = await createUser({ email: 'mei@example.net', name: 'Mei', password: PASSWORD, role: 'member' })
  const sessions = () => db().session.count({ where: { userId: mei.id } })
  for (const system of ['iPhone', 'Windows', 'Android'])
    await startSession(mei, { ...BROWSER, browser: `Mozilla/5.0 (${system}) Firefox/150.0` })
  await page.goto('/admin/people')
  await page.getByRole('button', { name: 'Actions for Mei' }).click()
  await page.getByRole('menuitem', { name: 'Signed-in browsers' }).click()
  await page.getByRole('button', { name: /^Sign out: Firefox on iPhone/ }).click()
  await page.getByText('Firefox on iPhone').waitFor({ state: 'hidden' })
  expect(await sessions()).toBe(2)
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByText('Nowhere at the moment.').waitFor()
  expect(await sessions()).toBe(0)
  const entries = await db().auditEntry.findMany({
    where: { action: 'user.signed_out' },
    orderBy: { id: 'asc' },
  })
  expect(entries).toMatchObject([
    { actorName: 'Ada', subjectId: mei.id, to: { count: 1 } },
    { actorName: 'Ada', subjectId: mei.id, to: { count: 2 } },
  ])
})

test('the profile lists where one is signed in, and signs out elsewhere; a changed password too', async () => {
  const ada = await db().user.findFirstOrThrow({ where: { name: 'Ada' } })
  const sessions = () => db().session.count({ where: { userId: ada.id } })
  await startSession(ada, { ...BROWSER, browser: 'Mozilla/5.0 (iPhone) Version/17.0 Mobile Safari/604.1' })
  await page.goto('/profile')
  await page.getByText('Safari on iPhone').waitFor()
  await page.getByRole('button', { name: /^Sign out: Safari on iPhone/ }).click()
  await page.getByText('Safari on iPhone').waitFor({ state: 'hidden' })
  expect(await sessions()).toBe(1)
  await startSession(ada, BROWSER)
  await page.getByLabel('Current password').fill(PASSWORD)
  await page.getByLabel('New password').fill('1234567890')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('This password is easy to guess.').waitFor()
  await page.getByLabel('Current password').fill(PASSWORD)
  await page.getByLabel('New password').fill('another battery, other horses')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Password changed.').waitFor()
  expect(await sessions()).toBe(1)
  expect(browser.problems).toEqual([])
})
