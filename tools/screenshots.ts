/**
 * Pictures of the pages with something in them, from a portal of its own: real files, rows as a worker would write
 * them, no render. `node tools/screenshots.ts` makes docs/queue.png anew; with a folder it also puts there each page in
 * both languages and themes, at the width of a desk and of a phone. It needs a build: any `npm test` leaves one.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { createBatch } from '#core/batch/mutations'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { claimNext, fail, reportProgress, succeed } from '#core/render-job/lifecycle'
import { createUser } from '#core/user/mutations'
import { launchChromium } from '#test/setup/chromium'
import { createTestDatabase } from '#test/setup/database'
import { createWorker, RESULT } from '#test/setup/factories'
import setUpServer from '#test/setup/global'
import { PASSWORD, signIn, visitor } from '#test/setup/visitor'
import { startWeb } from '#test/setup/web'
import { importAsset, sample } from '#test/setup/worker'

const DOCS = join(import.meta.dirname, '../docs')
const PRESENTERS = {
  Elena: 'presenter_elena_1280x720.mp4',
  Kofi: 'presenter_kofi_720x1280_talking.mp4',
  Mei: 'presenter_mei_1280x720_talking_silent.mp4',
  Viktor: 'presenter_viktor_1920x1080.mp4',
}

interface View {
  name: string
  path: string
  locale: string
  colorScheme: 'light' | 'dark'
  width: number
  height?: number
}

const [folder] = process.argv.slice(2)
const removeServer = await setUpServer()
const database = await createTestDatabase()
const web = await startWeb(database)
const browser = await launchChromium()
try {
  const { email, batchId, jobId } = await furnish()
  const cookies = await sessionOf(email)
  await picture(
    { name: join(DOCS, 'queue'), path: '/', locale: 'en', colorScheme: 'dark', width: 1440, height: 730 },
    cookies,
  )
  const pages = {
    ...{ queue: '/', new: '/new', history: '/history', batch: `/batches/${batchId}`, job: `/jobs/${jobId}` },
    ...{ control: '/admin/queue', workers: '/admin/workers', people: '/admin/people', audit: '/admin/audit' },
  }
  for (const [page, path] of folder ? Object.entries(pages) : [])
    for (const locale of ['en', 'zh'])
      for (const colorScheme of ['light', 'dark'] as const)
        for (const width of [1440, 390])
          await picture(
            {
              name: join(folder, `${page}-${locale}-${colorScheme}-${width}`),
              path,
              locale,
              colorScheme,
              width,
            },
            cookies,
          )
} finally {
  await browser.close()
  await web.stop()
  await closeBoss()
  await closeDb()
  await database.drop()
  await removeServer()
}

/** Two people, a few batches, two slots that render. Returns who looks: an admin with jobs of their own. */
async function furnish() {
  const ada = await createUser({ email: 'ada@example.org', name: 'Ada', password: PASSWORD, role: 'admin' })
  const mia = await createUser({ email: 'mia@example.org', name: 'Mia', password: PASSWORD, role: 'member' })
  const [cpu, gpu] = [await createWorker('cpu', ['mouth']), await createWorker('cuda:0', ['mouth'])]

  const ended = await submit(ada.id, 'Welcome', ['Elena', 'Mei'])
  const first = await claimNext(cpu.id)
  await succeed(first!, RESULT)
  const second = await claimNext(cpu.id)
  await fail(second!, { code: 'no_face', message: 'No face was found.', params: {} })

  const spring = await submit(mia.id, 'Spring launch', ['Elena', 'Kofi', 'Mei', 'Viktor', 'Elena'])
  await submit(ada.id, 'Town hall', ['Elena', 'Kofi', 'Mei', 'Viktor'])
  await submit(mia.id, 'Product tour', ['Mei', 'Viktor', 'Elena'])
  const render = { stage: 'render', fraction: 0.51, framesDone: 128, frames: 250, fps: 41 }
  await reportProgress((await claimNext(cpu.id))!, { device: cpu.device, ...render })
  const face = { stage: 'face', fraction: 0.2, framesDone: 0, frames: 250, fps: 88 }
  await reportProgress((await claimNext(gpu.id))!, { device: gpu.device, ...face })
  return { email: ada.email, batchId: spring.batchId, jobId: ended.jobIds[0] }
}

async function submit(ownerId: string, name: string, who: (keyof typeof PRESENTERS)[]) {
  const speechId = await importAsset(ownerId, 'speech', sample('speech_en_short.mp3'))
  const presenterIds: string[] = []
  for (const each of who) {
    const id = await importAsset(ownerId, 'presenter', sample(PRESENTERS[each]))
    await db().asset.update({ where: { id }, data: { name: `${each}.mp4` } })
    presenterIds.push(id)
  }
  const created = await createBatch(ownerId, { name, speechId, presenterIds })
  if (created.outcome !== 'created') throw new Error(created.outcome)
  return { batchId: created.batch.id, jobIds: created.jobs.map(({ id }) => id) }
}

async function sessionOf(email: string) {
  const who = visitor(web.origin)
  await signIn(who, email, PASSWORD)
  return [...who.cookies].map(([name, value]) => ({ name, value, url: web.origin }))
}

async function picture(
  { name, path, locale, colorScheme, width, height = 900 }: View,
  cookies: Parameters<BrowserContext['addCookies']>[0],
): Promise<void> {
  // No worker lives here, so its rows are kept alive by hand.
  await db().worker.updateMany({ data: { heartbeatAt: new Date() } })
  const context = await browser.newContext({
    ...{ baseURL: web.origin, locale, colorScheme, reducedMotion: 'reduce', timezoneId: 'Europe/Berlin' },
    viewport: { width, height },
  })
  await context.addCookies(cookies)
  const page = await context.newPage()
  await page.goto(path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.evaluate(() => {
    for (const image of document.images) image.loading = 'eager'
  })
  await page.waitForFunction(() => [...document.images].every(({ complete }) => complete))
  mkdirSync(join(name, '..'), { recursive: true })
  await page.screenshot({ path: `${name}.png`, fullPage: height === 900 })
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ])
  process.stdout.write(`${name}.png${content > window ? `  too wide: ${content}` : ''}\n`)
  await context.close()
}
