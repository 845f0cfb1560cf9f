import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { newId } from '#core/ids'
import { closeBoss } from '#core/queue/boss'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createAsset } from '#test/setup/factories'
import { json, type Member, PASSWORD, signedIn, visitor } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web
let admin: Member

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  admin = await signedIn(web.origin, 'admin')
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

/** A POST under a key, again and again while an earlier one runs, as the portal's own pages do. */
async function post(who: Pick<Member, 'fetch'>, path: string, body: object, key: string): Promise<Response> {
  for (;;) {
    const init = json('POST', body)
    const headers = { ...(init.headers as Record<string, string>), 'Idempotency-Key': key }
    const response = await who.fetch(`/api/v1/${path}`, { ...init, headers })
    if (response.status !== 409 || (await response.clone().json()).code !== 'in_progress') return response
    expect(response.headers.get('retry-after')).toBe('1')
  }
}

async function batchOf(member: Member) {
  const [speech, presenter] = await Promise.all([
    createAsset(member.user.id, 'speech'),
    createAsset(member.user.id, 'presenter'),
  ])
  return { name: 'Spring', speechId: speech.id, presenterIds: [presenter.id] }
}

it('ten equal requests under one key make one batch, and each is told of it', async () => {
  const body = await batchOf(admin)
  const key = newId()
  const answers = await Promise.all(Array.from({ length: 10 }, () => post(admin, 'batches', body, key)))
  const told = await Promise.all(answers.map((answer) => answer.text()))
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201))
  expect(new Set(told).size).toBe(1)
  expect(answers.filter(({ headers }) => headers.get('idempotent-replayed'))).toHaveLength(9)
  expect(await db().batch.count({ where: { ownerId: admin.user.id } })).toBe(1)

  const other = await post(admin, 'batches', { ...body, name: 'Autumn' }, key)
  expect([other.status, (await other.json()).code]).toEqual([422, 'key_reused'])
  expect((await post(admin, 'batches', body, newId())).status).toBe(201)
  expect(await db().batch.count({ where: { ownerId: admin.user.id } })).toBe(2)
})

it('a key is its sender’s alone, and one under which nothing was made stays free', async () => {
  const mara = await signedIn(web.origin)
  const key = newId()
  const [hers, his] = [await batchOf(mara), await batchOf(admin)]
  expect((await post(mara, 'batches', { ...hers, speechId: newId() }, key)).status).toBe(404)
  expect((await post(mara, 'batches', hers, key)).status).toBe(201)
  const answer = await post(admin, 'batches', his, key)
  expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([201, null])
  expect((await post(mara, 'batches', hers, 'short')).status).toBe(400)
})

it('one link, one account and one upload, whatever the double click', async () => {
  const key = newId()
  const invite = { role: 'member', email: `${key}@example.org` }
  const links = await Promise.all([1, 2, 3].map(() => post(admin, 'users/invitations', invite, key)))
  const urls = await Promise.all(links.map(async (link) => (await link.json()).url as string))
  expect(new Set(urls).size).toBe(1)
  expect(await db().invitation.count()).toBe(1)
  const token = new URL(urls[0]).searchParams.get('token')!
  const rows = await db().idempotencyKey.findMany()
  for (const { answer } of rows) expect(Buffer.from(answer ?? []).includes(token)).toBe(false)

  const join = { token, name: 'Mara', email: invite.email, password: PASSWORD }
  const nobody = visitor(web.origin)
  const joined = await Promise.all([1, 2, 3].map(() => post(nobody, 'join', join, key)))
  expect(joined.map(({ status }) => status)).toEqual([201, 201, 201])

  const headers = { 'tus-resumable': '1.0.0', 'upload-length': '3', 'upload-metadata': 'kind c3BlZWNo' }
  const upload = (length: string) => ({
    method: 'POST',
    headers: { ...headers, 'upload-length': length, 'idempotency-key': `upload-${key}` },
  })
  const first = await admin.fetch('/api/v1/uploads', upload('3'))
  const again = await admin.fetch('/api/v1/uploads', upload('3'))
  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.headers.get('location')).toBe(first.headers.get('location'))
  expect((await admin.fetch('/api/v1/uploads', upload('4'))).status).toBe(422)
})
