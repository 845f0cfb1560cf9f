import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createUser } from '#core/user/mutations'
import { openBrowser, type TestBrowser } from '#test/setup/browser'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { queueJobs } from '#test/setup/factories'
import { renderedFiles } from '#test/setup/stored-files'
import { PASSWORD } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web
let browser: TestBrowser
let page: Page

beforeAll(async () => {
  database = await createTestDatabase()
  await createUser({ email: 'ada@example.org', name: 'Ada', password: PASSWORD, role: 'admin' })
  web = await startWeb(database)
  browser = await openBrowser()
  page = await browser.visit(web.origin)
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill('ada@example.org')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Queue', exact: true }).waitFor()
})

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await browser.photograph(task.name)
})

afterAll(async () => {
  await browser?.close()
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

const ada = () => db().user.findFirstOrThrow({ where: { name: 'Ada' } })

/** A batch of Ada's with two rendered videos. */
async function renderedBatch() {
  const jobs = await queueJobs(await ada(), 2)
  for (const job of jobs) await renderedFiles(database.dataDir, job)
  return jobs
}

test('a video that was deleted is back with Undo', async () => {
  const [job] = await renderedBatch()
  await page.goto(`/jobs/${job.id}`)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL(/\/batches\//)
  await expect.poll(() => page.locator('[data-job]').count()).toBe(1)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => page.locator('[data-job]').count()).toBe(2)
  expect(await db().renderJob.count({ where: { deletedAt: { not: null } } })).toBe(0)
})

test('a batch comes back from the trash, or goes for good', async () => {
  const [{ batchId }] = await renderedBatch()
  for (const way of ['Restore', 'Delete now']) {
    await page.goto(`/batches/${batchId}`)
    await page.getByRole('button', { name: 'Delete batch' }).click()
    await page.waitForURL(/\/history/)
    await page.goto('/trash')
    await page.getByText('Batch of 2 videos').waitFor()
    await page.getByRole('button', { name: `${way}: Batch` }).click()
    if (way === 'Delete now') await page.getByRole('alertdialog').getByRole('button', { name: way }).click()
    await page.getByText('The trash is empty.').waitFor()
  }
  expect(await db().batch.count({ where: { id: batchId } })).toBe(0)
  expect(await db().removal.count()).toBe(4)
})

test('an admin gives somebody less room; they see it, and an upload over it is refused with the figures', async () => {
  await page.goto('/admin/people')
  await page.getByRole('button', { name: 'Actions for Ada' }).click()
  await page.getByRole('menuitem', { name: 'Quotas' }).click()
  await page.getByLabel('Room (GB)').selectOption({ label: 'Own value' })
  await page.getByLabel('Room (GB): Own value').fill('0.01')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Quotas saved.').waitFor()
  await page.goto('/profile')
  await page.getByText(/KB \/ 10\.0 MB|KB of 10\.0 MB/).waitFor()
  const file = path.join(database.dataDir, 'large.mp4')
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, Buffer.alloc(11e6))
  await page.goto('/new')
  await page.locator('input[type=file][aria-label="Choose videos or photos"]').setInputFiles(file)
  await page.getByText(/^Of your 10\.0 MB .* are used, and this file needs 11\.0 MB\./).waitFor()
  expect(await db().openUpload.count()).toBe(0)
})

test('an admin sees what rules of retention would take before they hold', async () => {
  await db().renderJob.updateMany({ data: { finishedAt: new Date(Date.now() - 40 * 24 * 3_600_000) } })
  await page.goto('/admin/storage')
  await page.getByLabel('Delete ended jobs and results after (days)').fill('30')
  await page.getByRole('button', { name: 'Show what would be deleted' }).click()
  await page.getByText(/^2 jobs · 2 files · /).waitFor()
  expect(await db().renderJob.count()).toBe(2)
  await page.getByRole('button', { name: 'Save rules' }).click()
  await page.getByText('Rules saved.').waitFor()
  expect(await db().queueControl.findUnique({ where: { id: 1 } })).toMatchObject({
    retention: { resultsDays: 30, trashDays: 7 },
  })
  expect(browser.problems).toEqual([])
})
