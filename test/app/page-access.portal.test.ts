import { readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOCALE_COOKIE, ZONE_COOKIE } from '#app/_i18n/locale'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { queueJobs } from '#test/setup/factories'
import { type Member, signedIn, visitor } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

const APP = path.resolve(import.meta.dirname, '../../app')

let database: TestDatabase
let web: Web
let member: Member
let operator: Member
let admin: Member
/** The address of a page by its folder, with ids of the member's things. */
let addressOf: (folder: string) => string

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  member = await signedIn(web.origin)
  operator = await signedIn(web.origin, 'operator')
  admin = await signedIn(web.origin, 'admin')
  const [job] = await queueJobs(member.user, 1)
  await db().renderJob.update({ where: { id: job.id }, data: { queuedAt: new Date('2026-01-05T20:30:00Z') } })
  await db().batch.update({
    where: { id: job.batchId },
    data: { createdAt: new Date('2026-01-05T20:30:00Z') },
  })
  addressOf = (folder) =>
    `/${folder}`.replace('batches/[id]', `batches/${job.batchId}`).replace('jobs/[id]', `jobs/${job.id}`)
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

const pagesIn = (group: string) =>
  readdirSync(path.join(APP, group), { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'page.tsx')
    .map((file) => (path.dirname(file) === '.' ? '' : path.dirname(file)))

/** One that is missing here is for somebody in particular, and belongs into another group; /second-factor asks who it is. */
const PUBLIC_PAGES = ['forgot', 'join', 'reset', 'second-factor', 'setup', 'sign-in']

it('there are pages of the portal, pages of those who run it, and those that everybody may see', () => {
  // A folder that begins with an underscore has no address.
  const groups = pagesIn('.').flatMap((folder) => (/(^|\/)_/.test(folder) ? [] : folder.split('/')[0]))
  expect([...new Set(groups)].sort()).toEqual(['(auth)', '(portal)', 'admin'])
  expect(pagesIn('(auth)').sort()).toEqual(PUBLIC_PAGES)
})

const portalPages = pagesIn('(portal)')
const adminPages = pagesIn('admin').map((folder) => path.posix.join('admin', folder))

describe.each([...portalPages, ...adminPages])('the page /%s', (folder) => {
  it('leads somebody who is signed out to the sign-in page, and from there back', async () => {
    // The admins' first page is queue control.
    const here = folder === 'admin' ? '/admin/queue' : addressOf(folder)
    const next = here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`
    expect(await leadsTo(here)).toBe(next)
  })
})

describe.each(adminPages)('the page /%s', (folder) => {
  it('does not exist for a member', async () => {
    const response = await member.fetch(addressOf(folder))
    expect(response.status).toBe(404)
  })
})

const ABOUT_ACCOUNTS = ['admin/people', 'admin/audit', 'admin/storage']
describe.each(adminPages)('the page /%s', (folder) => {
  it('is there for an admin, and for an operator unless it is about accounts', async () => {
    const there = folder === 'admin' ? 307 : 200
    expect((await admin.fetch(addressOf(folder))).status).toBe(there)
    const { status } = await operator.fetch(addressOf(folder))
    expect(status).toBe(ABOUT_ACCOUNTS.includes(folder) ? 404 : there)
  })
})

describe.each(portalPages.filter((folder) => folder.includes('[id]')))('the page /%s', (folder) => {
  it('is there for its owner, for operators and admins, and does not exist for others', async () => {
    const stranger = await signedIn(web.origin)
    const statuses = []
    for (const who of [member, operator, admin, stranger])
      statuses.push((await who.fetch(addressOf(folder))).status)
    expect(statuses).toEqual([200, 200, 200, 404])
  })
})

it('/second-factor is for those who lack one: others are led on, or to the sign-in page', async () => {
  expect(await leadsTo('/second-factor?next=/history')).toBe('/sign-in?next=%2Fhistory')
  const led = await member.fetch('/second-factor?next=/history')
  expect(led.headers.get('location')).toBe('/history')
})

it('leads somebody who is signed in on to where they wanted, and to no other site', async () => {
  const leads = async (next: string) =>
    (await member.fetch(`/sign-in?next=${encodeURIComponent(next)}`)).headers.get('location')
  expect(await leads('/history?state=failed')).toBe('/history?state=failed')
  for (const elsewhere of [
    ...['https://evil.example', '//evil.example', '/\\evil.example'],
    ...['/\t/evil.example/x', '/\n/evil.example', '\n'],
  ])
    expect(await leads(elsewhere)).toBe('/')
})

it('speaks the language of the browser until one is chosen in the portal', async () => {
  const titleFor = async (acceptLanguage: string, chosen?: string) => {
    const who = visitor(web.origin)
    if (chosen) who.cookies.set(LOCALE_COOKIE, chosen)
    const html = await (
      await who.fetch('/sign-in', { headers: { 'accept-language': acceptLanguage } })
    ).text()
    return /<html[^>]* lang="([a-z]+)"/.exec(html)?.[1]
  }
  expect(await titleFor('zh-CN,zh;q=0.9')).toBe('zh')
  expect(await titleFor('fr')).toBe('en')
  expect(await titleFor('zh-CN', 'en')).toBe('en')
  expect(await titleFor('en', 'zh')).toBe('zh')
})

it('tells times in the zone of the browser', async () => {
  const shown = async (zone?: string) => {
    const who = { ...member, cookies: new Map(member.cookies) }
    if (zone) who.cookies.set(ZONE_COOKIE, encodeURIComponent(zone))
    const cookie = [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const html = await (
      await fetch(`${web.origin}${addressOf('batches/[id]')}`, { headers: { cookie } })
    ).text()
    return /dateTime="2026-01-05T20:30:00.000Z"[^>]*>([^<]*)/i.exec(html)?.[1]
  }
  expect(await shown()).toMatch(/20:30/)
  expect(await shown('Asia/Tokyo')).toMatch(/05:30/)
})

/** Where a page sends somebody who is signed out, be it by status or from within its stream. */
async function leadsTo(address: string): Promise<string | null> {
  const response = await visitor(web.origin).fetch(address)
  const location = response.headers.get('location')
  if (location) return location
  return /url=(\/sign-in[^"]*)"/.exec(await response.text())?.[1].replaceAll('&amp;', '&') ?? null
}
