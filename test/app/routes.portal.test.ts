import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { newId } from '#core/ids'
import { closeBoss } from '#core/queue/boss'
import { dataLayout } from '#core/storage/layout'
import { trashJob } from '#core/trash/mutations'
import { startSession } from '#core/user/sessions'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { BROWSER, createWorker, queueJobs } from '#test/setup/factories'
import { routesOfApi } from '#test/setup/route-files'
import { type Member, signedIn, type Visitor, visitor } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

type Route = {
  /** Who may use it. */
  for: 'everybody' | 'users' | 'operators' | 'admins'
  /** Whose id stands in its path. */
  of?: 'asset' | 'batch' | 'invitation' | 'job' | 'session' | 'trash' | 'upload' | 'user' | 'worker'
  query?: string
  body?: unknown
  /** What its owner is answered, where that is worth a check here. */
  owner?: number
}

const CANCEL_WAITING = { selection: { filter: { states: ['queued'] } }, action: { kind: 'cancel' } }

/** Every route of the API. One that is missing here, or one here that is gone, fails the first test. */
const ROUTES: Record<string, Route> = {
  'GET assets': { for: 'users', query: '?kind=speech', owner: 200 },
  'GET assets/[id]': { for: 'users', of: 'asset', owner: 200 },
  'DELETE assets/[id]': { for: 'users', of: 'asset', owner: 409 },
  'GET assets/[id]/media': { for: 'users', of: 'asset', owner: 200 },
  'GET assets/[id]/sprite': { for: 'users', of: 'asset', owner: 200 },
  'GET assets/[id]/thumbnail': { for: 'users', of: 'asset', owner: 200 },
  'GET audit': { for: 'admins', owner: 200 },
  'GET audit/export': { for: 'admins', owner: 200 },
  'POST batches': { for: 'users' },
  'POST batches/forecast': { for: 'users' },
  'GET batches/[id]': { for: 'users', of: 'batch', owner: 200 },
  'DELETE batches/[id]': { for: 'users', of: 'batch' },
  'POST batches/[id]/cancel': { for: 'users', of: 'batch' },
  'POST batches/[id]/pause': { for: 'users', of: 'batch', owner: 200 },
  'POST batches/[id]/resume': { for: 'users', of: 'batch', owner: 200 },
  'POST batches/[id]/retry': { for: 'users', of: 'batch', owner: 200 },
  'GET events': { for: 'users' },
  'POST forgot': { for: 'everybody' },
  'GET health': { for: 'operators', owner: 200 },
  'GET jobs': { for: 'users', query: '?scope=open', owner: 200 },
  'GET jobs/[id]': { for: 'users', of: 'job', owner: 200 },
  'DELETE jobs/[id]': { for: 'users', of: 'job' },
  'PATCH jobs/[id]': { for: 'users', of: 'job', body: { band: 'low', reason: 'no hurry' }, owner: 409 },
  'POST jobs/[id]/cancel': { for: 'users', of: 'job', owner: 409 },
  'GET jobs/[id]/log': { for: 'users', of: 'job', owner: 200 },
  'POST jobs/[id]/resubmit': { for: 'users', of: 'job', owner: 409 },
  'GET jobs/[id]/result': { for: 'users', of: 'job', owner: 200 },
  'GET jobs/[id]/thumbnail': { for: 'users', of: 'job', owner: 200 },
  'POST join': { for: 'everybody' },
  'GET limits': { for: 'users', owner: 200 },
  'GET profile': { for: 'users', owner: 200 },
  'PATCH profile': { for: 'users', body: { theme: 'dark' }, owner: 200 },
  'PUT profile/password': { for: 'users', body: { current: 'wrong', password: 'x'.repeat(10) }, owner: 403 },
  'GET profile/sessions': { for: 'users', owner: 200 },
  'DELETE profile/sessions': { for: 'users', owner: 204 },
  'DELETE profile/sessions/[id]': { for: 'users', of: 'session' },
  'POST profile/totp': { for: 'users', owner: 201 },
  'PUT profile/totp': { for: 'users', body: { password: 'wrong', code: '000000' }, owner: 403 },
  'DELETE profile/totp': { for: 'users', body: { password: 'wrong', code: '000000' }, owner: 403 },
  'POST profile/totp/recovery-codes': {
    ...{ for: 'users', body: { password: 'wrong', code: '000000' }, owner: 403 },
  },
  'GET queue': { for: 'users', owner: 200 },
  'GET queue/calibration': { for: 'operators', owner: 200 },
  'PUT queue/aging': { for: 'operators', body: { minutes: 240 }, owner: 200 },
  'POST queue/bulk': { for: 'users', body: { ...CANCEL_WAITING, token: 'of another time' }, owner: 409 },
  'POST queue/bulk/preview': { for: 'users', body: CANCEL_WAITING, owner: 200 },
  'GET queue/limits': { for: 'operators', owner: 200 },
  'PUT queue/limits': { for: 'operators', body: { maxWaiting: 5000 }, owner: 200 },
  'PUT queue/preemption': { for: 'operators', body: { on: false }, owner: 200 },
  'POST queue/pause': { for: 'operators' },
  'POST queue/policy': { for: 'operators', body: { policy: 'fifo' }, owner: 200 },
  'POST queue/resume': { for: 'operators' },
  'POST reset': { for: 'everybody' },
  'GET retention': { for: 'admins', owner: 200 },
  'PUT retention': { for: 'admins', body: { trashDays: 7 }, owner: 200 },
  'POST retention/preview': { for: 'admins', body: { resultsDays: 30 }, owner: 200 },
  'GET trash': { for: 'users', owner: 200 },
  'DELETE trash': { for: 'users' },
  'DELETE trash/[id]': { for: 'users', of: 'trash' },
  'POST trash/[id]/restore': { for: 'users', of: 'trash' },
  'POST uploads': { for: 'users' },
  'OPTIONS uploads': { for: 'users' },
  'HEAD uploads/[...id]': { for: 'users', of: 'upload', owner: 200 },
  'PATCH uploads/[...id]': { for: 'users', of: 'upload' },
  'DELETE uploads/[...id]': { for: 'users', of: 'upload' },
  'OPTIONS uploads/[...id]': { for: 'users', of: 'upload' },
  'GET users': { for: 'admins', owner: 200 },
  'POST users/invitations': { for: 'admins', body: { role: 'member' }, owner: 201 },
  'DELETE users/invitations/[id]': { for: 'admins', of: 'invitation' },
  'DELETE users/[id]': { for: 'admins', of: 'user', body: { how: 'erase' } },
  'POST users/[id]/cancel-jobs': { for: 'admins', of: 'user', owner: 200 },
  'POST users/[id]/disable': { for: 'admins', of: 'user' },
  'POST users/[id]/enable': { for: 'admins', of: 'user' },
  'PUT users/[id]/quotas': { for: 'admins', of: 'user', body: { maxWaitingPerUser: 9 }, owner: 200 },
  'POST users/[id]/reset-link': { for: 'admins', of: 'user', owner: 201 },
  'PUT users/[id]/role': { for: 'admins', of: 'user', body: { role: 'member' }, owner: 200 },
  'GET users/[id]/sessions': { for: 'admins', of: 'user', owner: 200 },
  'DELETE users/[id]/sessions': { for: 'admins', of: 'user' },
  'DELETE users/[id]/sessions/[session]': { for: 'admins', of: 'user' },
  'DELETE users/[id]/totp': { for: 'admins', of: 'user', owner: 200 },
  'PUT users/[id]/weight': { for: 'admins', of: 'user', body: { weight: 2 }, owner: 200 },
  'GET workers': { for: 'operators', owner: 200 },
  'POST workers/[id]/drain': { for: 'operators', of: 'worker', owner: 200 },
  'POST workers/[id]/stop': { for: 'operators', of: 'worker', owner: 200 },
  'POST workers/[id]/undrain': { for: 'operators', of: 'worker', owner: 200 },
}

const routes = Object.entries(ROUTES).map(([name, route]) => {
  const [method, pattern] = name.split(' ')
  return { name, method, pattern, ...route }
})
type NamedRoute = (typeof routes)[number]

let database: TestDatabase
let web: Web
let owner: Member
let stranger: Member
let operator: Member
let admin: Member
let nobody: Visitor
let ids: Record<NonNullable<Route['of']>, string>

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  owner = await signedIn(web.origin)
  stranger = await signedIn(web.origin)
  operator = await signedIn(web.origin, 'operator')
  admin = await signedIn(web.origin, 'admin')
  nobody = visitor(web.origin)
  ids = await thingsOf(owner)
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

it('knows every route of the API', () => {
  const names = routesOfApi().map(({ name }) => name)
  expect(names.sort()).toEqual(Object.keys(ROUTES).sort())
})

it('knows every address beside the API', () => {
  expect(globSync('app/**/route.ts', { exclude: ['app/api/v1/**', 'app/_http/**'] }).sort()).toEqual([
    'app/api/[...nowhere]/route.ts',
    'app/api/auth/[...nextauth]/route.ts',
    'app/api/health/route.ts',
  ])
})

describe.each(routes.filter((route) => route.for !== 'everybody'))('$name', (route) => {
  it('answers 401 in JSON to somebody who is signed out', async () => {
    const response = await send(nobody, route)
    expect(response.status).toBe(401)
    expect(response.headers.get('location')).toBeNull()
    expect(response.headers.get('cache-control')).toContain('no-store')
    if (route.method !== 'HEAD') expect(await response.json()).toMatchObject({ code: 'signed_out' })
  })
})

describe.each(routes.filter((route) => route.for === 'operators' || route.for === 'admins'))(
  '$name',
  (route) => {
    it('answers 403 to those whose role is too low, and changes nothing', async () => {
      const before = await everything()
      const low = route.for === 'admins' ? [owner, stranger, operator] : [owner, stranger]
      for (const who of low) {
        const response = await send(who, route)
        expect(response.status).toBe(403)
        expect(await response.json()).toMatchObject({ code: 'forbidden' })
      }
      expect(await everything()).toEqual(before)
    })
  },
)

/** What a member sees of their own, an operator and an admin see of everybody. */
const looks = routes.filter(({ method, of, ...route }) => method === 'GET' && of && route.for === 'users')
describe.each(looks)('$name', (route) => {
  it('shows an operator and an admin what is anybody’s', async () => {
    for (const who of [operator, admin]) {
      const response = await send(who, route)
      expect(response.status).toBe(200)
      await response.body?.cancel()
    }
  })
})

const ownRoutes = routes.filter((route) => route.of && route.for === 'users' && route.method !== 'OPTIONS')
describe.each(ownRoutes)('$name', (route) => {
  it("answers 404 for another member's id, for an unknown one and for what is no id", async () => {
    const before = await everything()
    for (const id of [ids[route.of!], newId(), 'nonsense', '%27%20or%201']) {
      const response = await send(stranger, route, id)
      expect(response.status).toBe(404)
      if (route.method !== 'HEAD') expect(await response.json()).toMatchObject({ code: 'not_found' })
    }
    expect(await everything()).toEqual(before)
  })
})

describe.each(routes.filter((route) => route.method !== 'GET' && route.method !== 'HEAD'))(
  '$name',
  (route) => {
    it('answers 403 to a request that another site made a browser send', async () => {
      for (const headers of FROM_ELSEWHERE) {
        const response = await send(admin, route, undefined, headers)
        expect(response.status).toBe(403)
        expect(await response.json()).toMatchObject({ code: 'other_site' })
      }
    })
  },
)

describe.each(routes.filter((route) => route.owner))('$name', (route) => {
  it(`answers ${route.owner} to whom it belongs`, async () => {
    const who = { everybody: [nobody], users: [owner], operators: [operator, admin], admins: [admin] }
    for (const each of who[route.for]) {
      const response = await send(each, route)
      expect(response.status).toBe(route.owner)
      await response.body?.cancel()
    }
  })
})

/** As much as a body may have, what is on its way in buffers, and what comes in the second after the answer. */
const MAX_SENT = 8 * 1024 * 1024

it('nobody can send an endless body to any address', async () => {
  const writing = routes.filter(({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method))
  const addresses = writing.map(({ method, ...route }) => [method, `/api/v1/${addressOf(route)}`] as const)
  const others = [
    '/api/auth/callback/credentials',
    '/api/auth/signout',
    '/api/nowhere',
    '/sign-in',
    '/',
    '/nowhere',
  ]
  const all = [
    ...addresses,
    ...others.map((address) => ['POST', address] as const),
    ...['/sign-in', '/api/v1/queue'].map((address) => ['GET', address] as const),
  ]
  const sent = await Promise.all(all.map(([method, address]) => sendWithoutEnd(method, address)))
  expect(all.filter((_, index) => sent[index] > MAX_SENT)).toEqual([])
}, 60_000)

/**
 * Sends until the connection is closed from the other side, and says how many bytes went out. Whoever still writes
 * when it is closed may not come to read the answer.
 */
function sendWithoutEnd(method: string, address: string): Promise<number> {
  const cookie = [...admin.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const tus = address.startsWith('/api/v1/uploads') ? TUS_HEADERS[method] : {}
  const chunk = Buffer.alloc(16 * 1024, ' ')
  return new Promise((resolve) => {
    let bytes = 0
    const headers = { cookie, 'content-type': 'application/json', ...tus }
    const asked = request(web.origin + address, { method, headers, agent: false }, (response) =>
      response.on('error', () => {}).resume(),
    )
    const timer = setInterval(() => {
      bytes += chunk.length
      asked.write(chunk)
      // Nobody stops it: that is what the caller sees.
      if (bytes > MAX_SENT) asked.destroy()
    }, 25)
    asked.on('error', () => {})
    asked.on('close', () => {
      clearInterval(timer)
      resolve(bytes)
    })
  })
}

const addressOf = ({ pattern, of }: Pick<NamedRoute, 'pattern' | 'of'>, id = of ? ids[of] : '') =>
  pattern.replace(/\[(\.\.\.)?id\]/, id)

function send(who: Visitor, route: NamedRoute, id?: string, headers: Record<string, string> = {}) {
  const address = addressOf(route, id)
  const tus = route.pattern.startsWith('uploads') ? TUS_HEADERS[route.method] : undefined
  const writes = ['POST', 'PUT', 'PATCH'].includes(route.method) && !tus
  const body =
    writes || route.method === 'POST' || (route.body && !tus) ? JSON.stringify(route.body ?? {}) : undefined
  return who.fetch(`/api/v1/${address}${route.query ?? ''}`, {
    method: route.method,
    headers: { ...tus, ...headers },
    body: tus ? undefined : body,
  })
}

const FROM_ELSEWHERE: Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
]

const TUS_HEADERS: Record<string, Record<string, string>> = {
  POST: { 'tus-resumable': '1.0.0', 'upload-length': '3', 'upload-metadata': 'kind c3BlZWNo' },
  HEAD: { 'tus-resumable': '1.0.0' },
  PATCH: {
    'tus-resumable': '1.0.0',
    'upload-offset': '0',
    'content-type': 'application/offset+octet-stream',
  },
  DELETE: { 'tus-resumable': '1.0.0' },
  OPTIONS: {},
}

/** One of each thing, with its files. The job has succeeded. */
async function thingsOf({ user, fetch }: Member) {
  const [job] = await queueJobs(user, 1)
  const files = {
    resultKey: `results/${job.id}/video.mp4`,
    resultThumbKey: `results/${job.id}/thumbnail.jpg`,
  }
  await db().renderJob.update({
    where: { id: job.id },
    data: { state: 'succeeded', finishedAt: new Date(), ...files },
  })
  const thumbnailKey = `assets/${job.presenterId}/thumbnail.jpg`
  const spriteKey = `assets/${job.presenterId}/sprite.jpg`
  const asset = await db().asset.update({ where: { id: job.presenterId }, data: { thumbnailKey, spriteKey } })
  for (const key of [files.resultKey, files.resultThumbKey, asset.storageKey, thumbnailKey, spriteKey]) {
    const file = path.join(dataLayout(database.dataDir).storage, key)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, 'some bytes')
  }
  const created = await fetch('/api/v1/uploads', { method: 'POST', headers: TUS_HEADERS.POST })
  const upload = created.headers.get('location')?.split('/').at(-1) ?? ''
  const worker = await createWorker()
  await startSession(user, BROWSER)
  const { id: session } = await db().session.findFirstOrThrow({ where: { userId: user.id, ...BROWSER } })
  const { id: invitation } = await db().invitation.create({
    data: {
      tokenHash: 'none',
      role: 'member',
      createdById: user.id,
      expiresAt: new Date(Date.now() + 3_600_000),
    },
  })
  const [deleted] = await queueJobs(user, 1)
  await trashJob(deleted.id, user)
  const of = { asset: asset.id, batch: job.batchId, invitation, job: job.id, session, upload }
  const ids = { ...of, trash: deleted.id }
  return { ...ids, user: user.id, worker: worker.id }
}

const everything = async () => ({
  jobs: await db().renderJob.findMany(),
  assets: await db().asset.findMany(),
  users: await db().user.findMany(),
  sessions: await db().session.count(),
  invitations: await db().invitation.findMany(),
  control: await db().queueControl.findMany(),
})
