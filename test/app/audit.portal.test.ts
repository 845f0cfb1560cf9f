import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUDIT_ACTIONS, type AuditAction } from '#core/audit/actions'
import { setBatchPaused } from '#core/batch/pause'
import { closeDb, db, transact } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { setPaused } from '#core/queue/control'
import { dataLayout } from '#core/storage/layout'
import { trashJob } from '#core/trash/mutations'
import { invite } from '#core/user/invitations'
import { disableUser } from '#core/user/mutations'
import { startSession } from '#core/user/sessions'
import { drainWorker } from '#core/worker/drain'
import type { JobState, RenderJob } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { BROWSER, createUser, createWorker, queueJobs } from '#test/setup/factories'
import { routesOfApi } from '#test/setup/route-files'
import { json, type Member, signedIn, type Visitor, visitor } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

interface Case {
  /** What is written down; null with the reason why nothing is. */
  writes: AuditAction | null
  why?: string
  body?: unknown
  /** Brings about what the route is for, and returns the id in its path. */
  prepare?: () => Promise<unknown>
}

let database: TestDatabase
let web: Web
let member: Member
let operator: Member
let admin: Member

const waiting = async () => (await queueJobs(member.user, 1))[0]
const ofJob = async (made: Promise<RenderJob>) => (await made).id
const ofBatch = async (made: Promise<RenderJob>) => (await made).batchId
const ofAsset = async (made: Promise<RenderJob>) => (await made).presenterId
const inTrash = async (made: Promise<RenderJob>) => {
  const { id } = await made
  await trashJob(id, member.user)
  return id
}
const ended = (state: JobState) => async () => {
  const job = await waiting()
  const key = `results/${job.id}/video.mp4`
  const { storageKey } = await db().asset.findUniqueOrThrow({ where: { id: job.presenterId } })
  for (const each of [key, storageKey]) {
    const file = path.join(dataLayout(database.dataDir).storage, each)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, 'some bytes')
  }
  await db().$executeRaw`DELETE FROM pgboss.job WHERE id = ${job.bossJobId}::uuid`
  const data = { state, finishedAt: new Date(), resultKey: key }
  return db().renderJob.update({ where: { id: job.id }, data })
}
const [succeeded, failed] = [ended('succeeded'), ended('failed')]
const somebody = async () => (await createUser()).id

/** What is not of one's own, and every route that operators and admins alone may use to change something. */
const STAFF: Record<string, Case> = {
  'DELETE users/[id]': { writes: 'user.delete', body: { how: 'erase' }, prepare: somebody },
  'DELETE users/[id]/sessions': {
    writes: 'user.signed_out',
    prepare: async () => {
      const user = await createUser()
      await startSession(user, BROWSER)
      return user.id
    },
  },
  'DELETE users/[id]/sessions/[session]': { writes: null, why: 'As all of them, for one.' },
  'DELETE users/[id]/totp': {
    writes: 'user.totp_reset',
    prepare: async () => {
      const { id } = await createUser()
      await db().user.update({ where: { id }, data: { totpSince: new Date() } })
      return id
    },
  },
  'DELETE users/invitations/[id]': {
    writes: 'user.withdraw',
    prepare: async () =>
      ((await invite({ role: 'member', name: 'Cleo' }, admin.user.id)) as { id: string }).id,
  },
  'POST queue/pause': { writes: 'queue.pause' },
  'POST queue/policy': { writes: 'queue.policy', body: { policy: 'fair' } },
  'POST queue/resume': { writes: 'queue.resume', prepare: () => setPaused(true, admin.user.id) },
  'POST users/[id]/cancel-jobs': {
    writes: 'queue.bulk',
    prepare: async () => (await waiting()).ownerId,
  },
  'POST users/[id]/disable': { writes: 'user.disable', prepare: somebody },
  'POST users/[id]/enable': {
    writes: 'user.enable',
    prepare: async () => {
      const id = await somebody()
      await disableUser(id, admin.user)
      return id
    },
  },
  'POST users/[id]/reset-link': { writes: 'user.reset_link', prepare: somebody },
  'POST users/invitations': { writes: 'user.invite', body: { role: 'member' } },
  'POST workers/[id]/drain': { writes: 'worker.drain', prepare: async () => (await createWorker()).id },
  'POST workers/[id]/stop': { writes: 'worker.stop', prepare: async () => (await createWorker()).id },
  'POST workers/[id]/undrain': {
    writes: 'worker.undrain',
    prepare: async () => {
      const { id } = await createWorker()
      await drainWorker(id, 'drain', admin.user.id)
      return id
    },
  },
  'PUT queue/aging': { writes: 'queue.aging', body: { minutes: 77 } },
  'PUT queue/limits': { writes: 'queue.limits', body: { maxWaiting: 777 } },
  'PUT queue/preemption': { writes: 'queue.preemption', body: { on: true } },
  'POST retention/preview': { writes: null, why: 'It changes nothing.' },
  'PUT retention': { writes: 'storage.retention', body: { resultsDays: 77 } },
  'PUT users/[id]/quotas': { writes: 'user.quotas', body: { maxWaitingPerUser: 7 }, prepare: somebody },
  'PUT users/[id]/role': { writes: 'user.role', body: { role: 'operator' }, prepare: somebody },
  'PUT users/[id]/weight': { writes: 'user.weight', body: { weight: 3 }, prepare: somebody },
}

/** Routes of members that show an operator, and let them change, what is another's. */
const OTHERS: Record<string, Case> = {
  'GET assets/[id]': { writes: 'file.view', prepare: () => ofAsset(waiting()) },
  'DELETE assets/[id]': { writes: null, why: 'Only its owner can delete a file.' },
  'GET assets/[id]/media': { writes: 'file.view', prepare: () => ofAsset(succeeded()) },
  'GET assets/[id]/sprite': { writes: null, why: 'The form shows it beside what it belongs to.' },
  'GET assets/[id]/thumbnail': { writes: null, why: 'Lists of everybody’s jobs show it.' },
  'GET batches/[id]': { writes: 'batch.view', prepare: () => ofBatch(waiting()) },
  'DELETE batches/[id]': { writes: 'batch.remove', prepare: () => ofBatch(waiting()) },
  'POST batches/[id]/cancel': { writes: 'job.cancel', prepare: () => ofBatch(waiting()) },
  'POST batches/[id]/pause': { writes: 'batch.pause', prepare: () => ofBatch(waiting()) },
  'POST batches/[id]/resume': {
    writes: 'batch.resume',
    prepare: async () => {
      const { batchId } = await waiting()
      await transact((tx) => setBatchPaused(tx, batchId, member.user, true))
      return batchId
    },
  },
  'POST batches/[id]/retry': { writes: 'queue.bulk', prepare: () => ofBatch(failed()) },
  'GET jobs/[id]': { writes: 'job.view', prepare: () => ofJob(waiting()) },
  'DELETE jobs/[id]': { writes: 'job.remove', prepare: () => ofJob(succeeded()) },
  'PATCH jobs/[id]': {
    writes: 'job.band',
    body: { band: 'high', reason: 'urgent' },
    prepare: () => ofJob(waiting()),
  },
  'POST jobs/[id]/cancel': { writes: 'job.cancel', prepare: () => ofJob(waiting()) },
  'GET jobs/[id]/log': { writes: 'job.view', prepare: () => ofJob(waiting()) },
  'POST jobs/[id]/resubmit': { writes: 'job.resubmit', prepare: () => ofJob(failed()) },
  'GET jobs/[id]/result': { writes: 'job.view', prepare: () => ofJob(succeeded()) },
  'GET jobs/[id]/thumbnail': { writes: null, why: 'Lists of everybody’s jobs show it.' },
  'DELETE trash/[id]': { writes: 'job.purge', prepare: () => inTrash(succeeded()) },
  'POST trash/[id]/restore': { writes: 'job.restore', prepare: () => inTrash(succeeded()) },
}

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  member = await signedIn(web.origin)
  operator = await signedIn(web.origin, 'operator')
  admin = await signedIn(web.origin, 'admin')
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

it('knows every route by which operators and admins change something, or touch what is another’s', () => {
  const routes = routesOfApi()
  const staff = routes.filter(
    ({ name, made }) => /^(operator|admin)Route$/.test(made ?? '') && !name.startsWith('GET'),
  )
  expect(Object.keys(STAFF).sort()).toEqual(staff.map(({ name }) => name).sort())
  const others = routes.filter(({ name }) => /^\w+ (assets|batches|jobs|trash)\/\[id\]/.test(name))
  expect(Object.keys(OTHERS).sort()).toEqual(others.map(({ name }) => name).sort())
})

const written = [...Object.entries(STAFF), ...Object.entries(OTHERS)].filter(([, { writes }]) => writes)
it.each(written)('%s is written down', async (name, { writes, body, prepare }) => {
  const id = String(await prepare?.())
  const who = routesOfApi().some((route) => route.name === name && route.made === 'adminRoute')
    ? admin
    : operator
  const [method, pattern] = name.split(' ')
  const entries = await entriesOf(async () => {
    const init = method === 'GET' ? {} : json(method, body)
    const response = await who.fetch(`/api/v1/${pattern.replace('[id]', id)}`, init)
    expect([response.status, response.ok]).toEqual([response.status, true])
    await response.body?.cancel()
  })
  const entry = entries.at(-1)!
  const { name: actorName, role: actorRole } = who.user
  expect(entry).toMatchObject({ action: writes, actorId: who.user.id, actorName, actorRole })
  expect(entry).toMatchObject({
    address: '127.0.0.1',
    browser: 'node',
    subject: AUDIT_ACTIONS[writes!].subject,
  })
  for (const side of ['from', 'to'] as const)
    expect(AUDIT_ACTIONS[writes!][side]?.parse(entry[side]) ?? null).toEqual(entry[side])
  if (name in OTHERS) expect(entry).toMatchObject({ ownerId: member.user.id, ownerName: member.user.name })
})

it('writes down many at once for each owner, and downloads as such', async () => {
  const job = await succeeded()
  expect(await actionsOf(() => operator.fetch(`/api/v1/jobs/${job.id}/result?download=1`))).toEqual([
    'job.download',
  ])
  const body = { selection: { ids: [(await waiting()).id] }, action: { kind: 'cancel' } }
  const preview = await operator.fetch('/api/v1/queue/bulk/preview', json('POST', body))
  const { token } = (await preview.json()) as { token: string }
  const entries = await entriesOf(() =>
    operator.fetch('/api/v1/queue/bulk', json('POST', { ...body, token })),
  )
  expect(entries).toMatchObject([
    { action: 'queue.bulk', ownerId: member.user.id, to: { kind: 'cancel', jobs: 1 } },
  ])
})

it('writes down the pages of others that an operator opens, once, and nothing of one’s own', async () => {
  const job = await waiting()
  for (const [page, action] of [
    [`/jobs/${job.id}`, 'job.view'],
    [`/batches/${job.batchId}`, 'batch.view'],
  ]) {
    const open = (who: Visitor) => async () => void (await (await who.fetch(page)).text())
    expect(await actionsOf(open(member))).toEqual([])
    expect(await actionsOf(open(operator))).toEqual([action])
    expect(await actionsOf(open(operator))).toEqual([])
  }
})

describe('refusals', () => {
  it('are written down with who, what and why, of routes and of pages', async () => {
    const entries = await entriesOf(async () => {
      await member.fetch('/api/v1/users')
      await (await member.fetch('/admin/audit')).text()
      await visitor(web.origin).fetch('/api/v1/join', {
        ...json('POST'),
        headers: { origin: 'https://evil.example' },
      })
    })
    const refused = { action: 'access.refused', address: '127.0.0.1' }
    const { id, name } = member.user
    expect(entries).toMatchObject([
      { ...refused, actorId: id, actorName: name, subjectName: '/api/v1/users', to: { code: 'forbidden' } },
      { ...refused, actorId: id, subjectName: '/admin/audit', to: { code: 'forbidden' } },
      { ...refused, actorId: null, subjectName: '/api/v1/join', to: { code: 'other_site' } },
    ])
  })

  it('do not flood the table: of many of a kind some are kept, and one that says so', async () => {
    const hostile = await signedIn(web.origin)
    const entries = await entriesOf(async () => {
      for (let times = 0; times < 20; times++) await hostile.fetch('/api/v1/users')
    })
    expect(entries).toHaveLength(11)
    expect(entries.at(-1)?.to).toMatchObject({ more: true })
  })
})

describe('reading the audit', () => {
  it('goes on behind the last entry and says when there are no more', async () => {
    const page = async (query: string) => {
      const response = await admin.fetch(`/api/v1/audit?who=${operator.user.id}&${query}`)
      return (await response.json()) as { entries: { id: string; action: string }[]; next: string | null }
    }
    const all = await page('limit=500')
    expect(all.next).toBeNull()
    const first = await page('limit=3')
    const second = await page(`limit=3&before=${first.next}`)
    expect([...first.entries, ...second.entries]).toEqual(all.entries.slice(0, 6))
    expect((await admin.fetch('/api/v1/audit?action=nonsense')).status).toBe(400)
  })

  it('gives what matches as a file that no spreadsheet runs, and writes that down', async () => {
    const trick = await createUser('member', '=HYPERLINK("https://evil.example")')
    await disableUser(trick.id, admin.user)
    const query = `whose=${trick.id}`
    const response = await admin.fetch(`/api/v1/audit/export?${query}`)
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="greenroom-audit-/)
    const [head, line, end] = (await response.text()).split('\r\n')
    expect(head).toMatch(/^\ufeff?"id","at","actorId"/)
    expect(line).toContain(`"'=HYPERLINK(""https://evil.example"")"`)
    expect(end).toBe('')
    const [entry] = await db().auditEntry.findMany({ orderBy: { id: 'desc' }, take: 1 })
    expect(entry).toMatchObject({ action: 'audit.export', actorId: admin.user.id, to: { filters: query } })
  })
})

/** What is written down while something is done. */
async function entriesOf(work: () => Promise<unknown>) {
  const last = await db().auditEntry.aggregate({ _max: { id: true } })
  await work()
  return db().auditEntry.findMany({ where: { id: { gt: last._max.id ?? 0n } }, orderBy: { id: 'asc' } })
}

const actionsOf = async (work: () => Promise<unknown>) => (await entriesOf(work)).map(({ action }) => action)
