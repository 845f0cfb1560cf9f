import type { ChildProcess } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { closeDb, db } from '#core/db'
import { probeMedia } from '#core/media/probe'
import { closeBoss } from '#core/queue/boss'
import { createSetupToken } from '#core/user/invitations'
import { openBrowser, type TestBrowser } from '#test/setup/browser'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { startWeb, type Web } from '#test/setup/web'
import { awkward, filesIn, sample, startInspector, startWorker, type WorkerProcess } from '#test/setup/worker'

const PHOTO = join(import.meta.dirname, '../fixtures/phone/photo.jpg')
const SPEECH = sample('speech_en_short.mp3')
const ELENA = sample('presenter_elena_1280x720.mp4')
const KOFI = sample('presenter_kofi_720x1280_talking.mp4')
const PASSWORD = 'a long enough password'

let database: TestDatabase
let web: Web
let worker: WorkerProcess
let inspector: ChildProcess
let browser: TestBrowser
let admin: Page
let member: Page
const downloads = mkdtempSync(join(tmpdir(), 'greenroom-downloads-'))

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  browser = await openBrowser()
  inspector = startInspector()
})

afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await browser.photograph('journey')
})

afterAll(async () => {
  await browser?.close()
  await worker?.stop('SIGKILL')
  inspector?.kill('SIGKILL')
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database.drop()
  rmSync(downloads, { recursive: true, force: true })
})

async function fillAccount(page: Page, name: string, email: string, button: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: button }).click()
  await page.getByRole('heading', { name: 'Queue', exact: true }).waitFor()
}

/** Chooses files in a picker of the new-batch page, as its button would. */
const choose = (page: Page, label: string, files: string[]) =>
  page.locator(`input[type=file][aria-label="${label}"]`).setInputFiles(files)

// One story: each step needs the one before.
describe('from the set-up link to a deleted video', { timeout: 180_000, shuffle: false }, () => {
  test('the first admin follows the set-up link, and it works once', async () => {
    const token = await createSetupToken()
    admin = await browser.visit(web.origin)
    await admin.goto(`/setup?token=${token}`)
    await fillAccount(admin, 'Ada', 'ada@example.org', 'Create admin account')
    const late = await browser.visit(web.origin)
    await late.goto(`/setup?token=${token}`)
    await late.getByText('Greenroom is already set up.').waitFor()
    await late.close()
  })

  test('the admin adds a member by a one-time link', async () => {
    await admin.getByRole('link', { name: 'People' }).first().click()
    await admin.getByRole('button', { name: 'Add a person' }).click()
    await admin.getByRole('dialog').getByRole('button', { name: 'Create invite link' }).click()
    const link = await admin.getByRole('textbox', { name: 'Invite link' }).inputValue()
    expect(link).toContain('/join?token=')
    member = await browser.visit(web.origin)
    await member.goto(new URL(link).pathname + new URL(link).search)
    await fillAccount(member, 'Mia', 'mia@example.org', 'Create account')
  })

  test('the member signs out and in again', async () => {
    await member
      .getByRole('button', { name: /Account and settings/ })
      .first()
      .click()
    await member.getByRole('menuitem', { name: 'Sign out' }).click()
    await member.waitForURL('**/sign-in*')
    await member.getByLabel('E-mail').fill('mia@example.org')
    await member.getByLabel('Password', { exact: true }).fill('not the password')
    await member.getByRole('button', { name: 'Sign in' }).click()
    await member.getByText('The e-mail or the password is wrong.').waitFor()
    await member.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await member.getByRole('button', { name: 'Sign in' }).click()
    await member.getByRole('heading', { name: 'Queue', exact: true }).waitFor()
  })

  test('a refused file says why and leaves nothing behind', async () => {
    await member.goto('/new')
    const text = join(downloads, 'notes.mp4')
    copyFileSync(awkward('text_renamed.mp4'), text)
    await choose(member, 'Choose videos or photos', [text])
    await member.getByText('notes.mp4').waitFor()
    await member.getByText(/text/i).nth(0).waitFor()
    await member.getByText('Refused').first().waitFor()
    expect(filesIn('uploads')).toEqual([])
  })

  test('a video without a face is known to have none before it is sent', async () => {
    await member.goto('/new')
    await choose(member, 'Choose videos or photos', [awkward('no_face_colour_bars.mp4'), PHOTO])
    await member.getByText('No face was found that can speak.', { exact: false }).waitFor()
    await member.getByText('The face is 61 pixels', { exact: false }).waitFor()
    await member.getByText('Ready, with warnings').nth(1).waitFor()
    await member.getByRole('img', { name: 'A face that can speak in 0 % of the video' }).waitFor()
  })

  test('one speech and two videos become a batch', async () => {
    await member.goto('/new')
    // Videos before the speech is fine.
    await choose(member, 'Choose videos or photos', [ELENA, KOFI])
    await choose(member, 'Choose a sound file', [SPEECH])
    await member.getByLabel('Batch name').fill('Spring launch')
    // The first answer is lost on its way, and the button is pressed twice: it is one batch all the same.
    const lose = async (route: Route) => {
      await route.fetch()
      await route.abort('connectionreset')
    }
    await member.route('**/api/v1/batches', lose, { times: 1 })
    await member.getByRole('button', { name: 'Render 2 videos' }).dblclick()
    await member.waitForURL('**/batches/*')
    await member.getByRole('heading', { name: 'Spring launch' }).waitFor()
    expect(await db().renderJob.count({ where: { state: 'queued' } })).toBe(2)
  })

  test('the queue shows the places, then the render live, with no reload', async () => {
    await member.getByRole('link', { name: 'Queue', exact: true }).first().click()
    await member.getByText('#1').waitFor()
    await member.getByText('#2').waitFor()
    await member.getByText('1 job ahead').waitFor()
    worker = startWorker()
    await worker.ready()
    const bar = member.getByRole('progressbar').first()
    await bar.waitFor()
    const seen = new Set<string>()
    await expect
      .poll(async () => seen.add((await bar.getAttribute('aria-valuenow').catch(() => null)) ?? '').size, {
        timeout: 60_000,
      })
      .toBeGreaterThan(4)
    await member.getByText(/1 \/ 2 of this batch/).waitFor({ timeout: 90_000 })
  })

  test('the admin sees it with its owner', async () => {
    await admin.goto('/admin/queue')
    await admin.getByRole('cell', { name: 'Mia' }).first().waitFor()
  })

  test('the results play and download', async () => {
    await member.goto('/history')
    await expect
      .poll(() => db().renderJob.count({ where: { state: 'succeeded' } }), { timeout: 120_000 })
      .toBe(2)
    const tiles = member.locator('[data-job]')
    await expect.poll(() => tiles.count(), { timeout: 10_000 }).toBe(2)
    await member
      .getByRole('button', { name: /^Play: / })
      .first()
      .click()
    const video = member.locator('dialog video, [role=dialog] video')
    await expect
      .poll(() => video.evaluate((element: HTMLVideoElement) => element.currentTime > 0.3), {
        timeout: 20_000,
      })
      .toBe(true)
    await member.keyboard.press('Escape')

    const pending = member.waitForEvent('download')
    await tiles
      .first()
      .getByRole('link', { name: /^Download/ })
      .click()
    const download = await pending
    expect(download.suggestedFilename()).toMatch(/^Spring launch – .*\.mp4$/)
    const file = join(downloads, 'result.mp4')
    await download.saveAs(file)
    const [result, speech] = [await probeMedia(file), await probeMedia(SPEECH)]
    expect(result.audio).not.toBeNull()
    expect(Math.abs(result.video!.frames! / 25 - speech.durationSeconds)).toBeLessThanOrEqual(1 / 25 + 0.001)
    expect(Math.abs(result.durationSeconds - speech.durationSeconds)).toBeLessThanOrEqual(1 / 25 + 0.03)
  })

  test('a deleted video is gone, its file too', async () => {
    const before = filesIn('storage/results').filter((name) => name.endsWith('.mp4')).length
    await member
      .getByRole('button', { name: /^Actions for/ })
      .first()
      .click()
    await member.getByRole('menuitem', { name: 'Delete' }).click()
    await expect.poll(() => member.locator('[data-job]').count(), { timeout: 15_000 }).toBe(1)
    await member.goto('/trash')
    await member.getByRole('button', { name: /^Delete now/ }).click()
    await member.getByRole('alertdialog').getByRole('button', { name: 'Delete now' }).click()
    await member.getByText('The trash is empty.').waitFor()
    const results = () => filesIn('storage/results').filter((name) => name.endsWith('.mp4'))
    await expect.poll(results, { timeout: 15_000 }).toHaveLength(before - 1)
  })

  test('a disabled member is out at once', async () => {
    await admin.goto('/admin/people')
    await admin
      .getByRole('row')
      .filter({ hasText: 'mia@example.org' })
      .getByRole('button', { name: 'Disable' })
      .click()
    const confirm = admin
      .getByRole('dialog')
      .or(admin.getByRole('alertdialog'))
      .getByRole('button', { name: 'Disable' })
    await confirm.click()
    await expect.poll(() => member.url(), { timeout: 15_000 }).toContain('/sign-in')
  })

  test('no page threw an error', () => {
    expect(browser.problems).toEqual([])
  })
})
