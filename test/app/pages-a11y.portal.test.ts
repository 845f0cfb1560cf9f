import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { closeDb, db } from '#core/db'
import { readLimits } from '#core/limits/limits'
import { closeBoss } from '#core/queue/boss'
import { claimNext, reportProgress } from '#core/render-job/lifecycle'
import { trashBatch } from '#core/trash/mutations'
import { createUser } from '#core/user/mutations'
import { openBrowser, type TestBrowser } from '#test/setup/browser'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createWorker, queueJobs } from '#test/setup/factories'
import { PASSWORD } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web
let browser: TestBrowser
let page: Page
/** Pages with something in them: a job that runs, three that wait, one that failed, and a slot. */
const paths: Record<string, string> = {
  queue: '/',
  'new batch': '/new',
  history: '/history',
  profile: '/profile',
  'queue control': '/admin/queue',
  workers: '/admin/workers',
  forecast: '/admin/forecast',
  people: '/admin/people',
  audit: '/admin/audit',
  storage: '/admin/storage',
  trash: '/trash',
}

/** When the face of the failed job's presenter was there. */
const SELDOM = {
  ...{ percent: 11, needed: 20, seen: '0:00-0:01', missing: '0:00-0:03' },
  ...{ strip: '9990000000', seconds: 3 },
}

/** As long as a name may be, without a place to break. */
const LONG_NAME = 'Presenter_of_the_spring_launch_'.repeat(4).slice(0, 116)
const PROGRESS = { stage: 'render', fraction: 0.4, framesDone: 40, frames: 100, fps: 12.5 }

beforeAll(async () => {
  database = await createTestDatabase()
  const admin = await createUser({ email: 'ada@example.org', name: 'Ada', password: PASSWORD, role: 'admin' })
  const [running] = await queueJobs(admin, 1)
  await db().asset.update({ where: { id: running.presenterId }, data: { name: `${LONG_NAME}.mp4` } })
  await db().batch.update({ where: { id: running.batchId }, data: { name: LONG_NAME } })
  const worker = await createWorker('cpu')
  const claim = await claimNext(worker.id)
  await reportProgress(claim!, { device: worker.device, ...PROGRESS })
  const jobs = await queueJobs(admin, 4)
  await db().renderJob.update({
    where: { id: jobs[3].id },
    data: { state: 'failed', errorCode: 'no_face', errorParams: SELDOM, finishedAt: new Date() },
  })
  const [deleted] = await queueJobs(admin, 1)
  await trashBatch(deleted.batchId, admin)
  Object.assign(paths, { batch: `/batches/${jobs[0].batchId}`, job: `/jobs/${jobs[0].id}` })
  paths['failed job'] = `/jobs/${jobs[3].id}`
  paths['running job'] = `/jobs/${running.id}`
  web = await startWeb(database)
  browser = await openBrowser()
  page = await browser.visit(web.origin)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto('/sign-in')
  await check()
  await page.getByLabel('E-mail').fill('ada@example.org')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Queue', exact: true }).waitFor()
}, 60_000)

/** Nothing was thrown, and nothing refused by the policy of the pages. */
afterEach(() => {
  expect(browser.problems).toEqual([])
})

afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await browser.photograph('a11y')
})

afterAll(async () => {
  await browser?.close()
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database.drop()
})

/** What the page as it stands keeps from people who see, point or hear otherwise; only what is serious. */
async function check(rules?: string[]): Promise<void> {
  // The pages have no frames, so that axe need not judge in a page of its own, which takes as long as the rules.
  const axe = new AxeBuilder({ page }).setLegacyMode(true)
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const found = serious.map(({ id, nodes }) => `${id}: ${nodes[0].html}\n${nodes[0].failureSummary}`)
  expect(found.join('\n')).toBe('')
}

/** Another theme changes colours and nothing else. */
async function checkInTheDark(): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' })
  // Chromium keeps some colours of what is on the screen already, unless it lays the page out anew.
  await page.evaluate(async () => {
    const { style } = document.documentElement
    style.display = 'none'
    void document.documentElement.offsetHeight
    style.display = ''
    await Promise.all(document.getAnimations().map((each) => each.finished))
  })
  await check(['color-contrast'])
  await page.emulateMedia({ colorScheme: 'light' })
}

/** On a phone as on a desk, nothing is wider than the window. */
async function checkWidths(): Promise<void> {
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 })
    const [content, window] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ])
    expect([width, content]).toEqual([width, window])
  }
}

async function open(path: string): Promise<void> {
  await page.goto(path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  // The title comes with the rest of the stream.
  await page.waitForFunction(() => document.title !== '')
}

describe('axe finds nothing serious, and nothing is too wide', () => {
  test.each([...Object.keys(paths), 'batch', 'job', 'failed job', 'running job'])(
    'on the page %s',
    async (name) => {
      await open(paths[name])
      if (name === 'workers')
        await page.getByRole('heading', { name: 'Isolation of uploaded files' }).waitFor()
      await check()
      await checkInTheDark()
      await checkWidths()
    },
  )
})

describe('what opens over a page is as good', () => {
  test('options of a new batch', async () => {
    await open('/new')
    await page.locator('summary').click()
    await page.getByLabel('Face').selectOption('point')
    await check()
  })

  test('a selection, its preview, the keys and the settings of the queue', async () => {
    await open('/admin/queue')
    await page.getByLabel('Select all shown').check()
    await page.getByText('4 selected').waitFor()
    await check()
    await page
      .getByRole('region', { name: 'What to do with the selected jobs' })
      .getByRole('button', { name: 'Cancel' })
      .click()
    await page.getByText('4 jobs affected:').waitFor()
    await check()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Next and previous row').waitFor()
    await check()
    await page.keyboard.press('Escape')
    // What isn't typed anew stays to the byte, though gigabytes are shown with three digits.
    const room = { maxBytesPerUser: 60_001_234, minFreeDiskBytes: 2 ** 20 + 1 }
    await db().queueControl.update({ where: { id: 1 }, data: { limits: room } })
    await open('/admin/queue')
    await page.getByRole('button', { name: 'Queue settings' }).click()
    await page.getByLabel('Order').waitFor()
    await check()
    expect(await page.getByLabel('Room per person (GB)').inputValue()).toBe('0.06')
    await page.getByLabel('Waiting jobs per person').fill('77')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(await readLimits()).toMatchObject({ ...room, maxWaitingPerUser: 77 })
  })
})

test('a script that somebody got into a page does not run', async () => {
  const INJECTED = '<script>window.injected = 1</script><img src="/none.png" onerror="window.injected = 1">'
  await page.route('**/history', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: (await response.text()).replace('<body>', `<body>${INJECTED}`) })
  })
  await page.goto('/history')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.unroute('**/history')
  // What failed has the picture of its presenter, or the sign for one.
  expect(
    await page.locator('[data-job]').first().locator('a[aria-hidden=true] :is(svg, img)').count(),
  ).toBeGreaterThan(0)
  await expect.poll(() => browser.problems.length).toBe(2)
  for (const problem of browser.problems.splice(0)) expect(problem).toContain('script-src')
  expect(await page.evaluate(() => 'injected' in window)).toBe(false)
})

test('each admin page leads a stranger back to itself', async () => {
  const stranger = await browser.visit(web.origin)
  for (const path of ['/admin/workers', '/admin/people', '/admin/forecast']) {
    await stranger.goto(path)
    expect(new URL(stranger.url()).searchParams.get('next')).toBe(path)
  }
})

test('an admin is offered to resubmit what failed, but not what would fail again on the same file', async () => {
  const admin = await db().user.findFirstOrThrow({ where: { role: 'admin' } })
  const [job] = await queueJobs(admin, 1)
  await db().renderJob.update({
    where: { id: job.id },
    data: { state: 'failed', errorCode: 'disk_full', finishedAt: new Date() },
  })
  await open('/admin/queue')
  const rows = page.getByRole('table', { name: 'Recently failed or cancelled' }).locator('tbody tr')
  const [full, faceless] = [rows.filter({ hasText: 'The disk is full' }), rows.filter({ hasText: 'face' })]
  await full.getByRole('button', { name: /^Resubmit/ }).waitFor()
  await faceless.getByText('The same file would fail again').waitFor()
  expect(await faceless.getByRole('button').count()).toBe(0)
  await check()
})
