import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, Request } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '#bin/process/free-port'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createUser } from '#core/user/mutations'
import { openBrowser, type TestBrowser } from '#test/setup/browser'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { type SizeLimit, startSizeLimit } from '#test/setup/size-limit'
import { PASSWORD } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'
import { awkward, sample } from '#test/setup/worker'

/** Larger than nginx lets through, and than the connection below carries in a moment. */
const SPEECH = sample('speech_en_short.wav')
const STALL_MS = 31_000

let database: TestDatabase
let web: Web
let nginx: SizeLimit
let browser: TestBrowser
let page: Page
let uploads: Request[]
const folder = mkdtempSync(join(tmpdir(), 'greenroom-clips-'))

beforeAll(async () => {
  database = await createTestDatabase()
  await createUser({ email: 'ada@example.org', name: 'Ada', password: PASSWORD, role: 'admin' })
  web = await startWeb(database)
  nginx = await startSizeLimit(web.origin)
  browser = await openBrowser()
  mkdirSync(join(folder, 'day two'))
  copyFileSync(awkward('fps_59_94.mp4'), join(folder, 'clip 10.mp4'))
  copyFileSync(awkward('video_without_audio.mp4'), join(folder, 'clip 9.mp4'))
  copyFileSync(awkward('vp9.webm'), join(folder, 'day two', 'clip 1.webm'))
  writeFileSync(join(folder, '.DS_Store'), 'nothing to upload')
  writeFileSync(join(folder, 'notes.txt'), 'nor this')
})

beforeEach(async () => {
  const email = `${crypto.randomUUID()}@example.org`
  await createUser({ email, name: 'Mia', password: PASSWORD, role: 'member' })
  page = await browser.visit(web.origin)
  await signIn(page, web.origin, email)
  uploads = []
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/uploads')) uploads.push(request)
  })
})

afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await browser.photograph('uploads')
  await page.context().close()
})

afterAll(async () => {
  await browser?.close()
  await nginx?.close()
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
  rmSync(folder, { recursive: true, force: true })
})

/** Cookies know no ports: who signed in here is signed in at each proxy before it too. */
async function signIn(on: Page, origin: string, email: string): Promise<void> {
  await on.goto(`${origin}/sign-in`)
  await on.getByLabel('E-mail').fill(email)
  await on.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await on.getByRole('button', { name: 'Sign in' }).click()
  await on.getByRole('heading', { name: 'Queue', exact: true }).waitFor()
}

const row = (name: string) => page.getByRole('listitem').filter({ hasText: name })
const speechInput = () => page.locator('input[type=file][aria-label="Choose a sound file"]')
const sent = (method: string) => uploads.filter((request) => request.method() === method)
const names = async (kind: 'speech' | 'presenter') =>
  (await db().asset.findMany({ where: { kind, owner: { name: 'Mia' } } })).map(({ name }) => name).sort()

test('a proxy that refuses large requests gets smaller ones, and that is said once', async () => {
  await page.goto(`${nginx.origin}/new`)
  await speechInput().setInputFiles(SPEECH)
  // Two of them would be refused here.
  await page.getByText('Files are sent in smaller parts').waitFor()
  await row('speech_en_short.wav').getByText('Ready').waitFor()
  const statuses = await Promise.all(
    sent('PATCH').map(async (request) => (await request.response())?.status()),
  )
  expect(statuses).toEqual([413, 204, 204])
})

test('the documented settings of nginx let a file through in one request', async () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/proxies.md'), 'utf8')
  const recipe = /```nginx\n([\s\S]*?)```/.exec(guide)?.[1]
  const proxy = await startSizeLimit(web.origin, recipe)
  await page.goto(`${proxy.origin}/new`)
  await speechInput().setInputFiles(SPEECH)
  await row('speech_en_short.wav').getByText('Ready').waitFor()
  expect(sent('PATCH')).toHaveLength(1)
  await page.goto('about:blank')
  await proxy.close()
})

test('an upload goes on where it stopped when the network is back', async () => {
  await page.goto('/new')
  const network = await page.context().newCDPSession(page)
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 100_000 }
  await network.send('Network.emulateNetworkConditions', slow)
  await speechInput().setInputFiles(SPEECH)
  const line = row('speech_en_short.wav')
  await line.getByText(/[1-9]\d? %/).waitFor()
  await network.send('Network.emulateNetworkConditions', { ...slow, offline: true })
  await line.getByText('Connection lost, trying again').waitFor()
  await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 })
  await line.getByText('Ready').waitFor()
  expect(sent('POST')).toHaveLength(1)
})

test('a connection on which nothing moves any more is made anew', async () => {
  const relay = await startRelay(web.origin)
  await page.clock.install()
  await page.goto(`${relay.origin}/new`)
  relay.freezeAfter(300_000)
  await speechInput().setInputFiles(SPEECH)
  await relay.frozen
  await page.clock.runFor(STALL_MS)
  await row('speech_en_short.wav').getByText('Ready').waitFor()
  expect(sent('POST')).toHaveLength(1)
  await page.goto('about:blank')
  relay.close()
})

test('a folder gives its clips, be it chosen or dropped', async () => {
  await page.goto('/new')
  await page.locator('input[type=file][aria-label="Choose a folder"]').setInputFiles(folder)
  await page.getByText('notes.txt is not a sound file, video or photo.').waitFor()
  await expect.poll(() => names('presenter')).toEqual(['clip 1.webm', 'clip 10.mp4', 'clip 9.mp4'])

  await page.getByRole('button', { name: 'Remove all' }).click()
  await drop(page.getByText('Drop videos or photos here'), folder)
  await page.getByText('3 / 3 ready').waitFor()
  const shown = await page.locator('[data-drop=presenter] li p[title]').allTextContents()
  expect(shown).toEqual(['clip 9.mp4', 'clip 10.mp4', 'clip 1.webm'])
})

test('a pasted file is taken, and so is what the microphone hears', async () => {
  await page.goto('/new')
  await page.evaluate(() => {
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File(['no sound'], 'pasted.mp3', { type: 'audio/mpeg' }))
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
  })
  await row('pasted.mp3').getByText('Refused').waitFor()
  await row('pasted.mp3')
    .getByRole('button', { name: /Remove/ })
    .click()

  await page.getByRole('button', { name: 'Record with the microphone' }).click()
  await page.getByText('0:02').waitFor()
  await page.getByRole('button', { name: 'Use the recording' }).click()
  await row('Recording').getByText('Ready').waitFor()
  const [recording] = await db().asset.findMany({ where: { name: { startsWith: 'Recording' } } })
  expect(recording?.durationMs).toBeGreaterThan(1000)
})

/** Drops a file or a folder of this machine on something, as a person's hand would. */
async function drop(target: ReturnType<Page['getByText']>, path: string): Promise<void> {
  const box = await target.boundingBox()
  if (!box) throw new Error('There is nothing to drop it on.')
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data })
}

/** A relay of connections to `origin` that can fall silent, as a lost network does: nothing is closed. */
async function startRelay(origin: string) {
  const { hostname, port } = new URL(origin)
  const sockets = new Set<Socket>()
  let limit = Number.POSITIVE_INFINITY
  let report = () => {}
  const frozen = new Promise<void>((resolve) => {
    report = resolve
  })
  const server: Server = createServer((near) => {
    const far = connect(Number(port), hostname)
    let bytes = 0
    near.on('data', (data) => {
      bytes += data.length
      if (bytes < limit) return void far.write(data)
      limit = Number.POSITIVE_INFINITY
      near.pause()
      report()
    })
    far.pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => (near.isPaused() ? undefined : near.destroy()))
    }
  })
  const own = await freePort()
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${own}`,
    frozen,
    /** The next connection that brings so many bytes is the one that falls silent. */
    freezeAfter: (bytes: number) => {
      limit = bytes
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
