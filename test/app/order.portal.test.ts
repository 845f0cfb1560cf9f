import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { queueJobs, reload } from '#test/setup/factories'
import { json, type Member, signedIn } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web
let member: Member
let admin: Member

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  member = await signedIn(web.origin)
  admin = await signedIn(web.origin, 'admin')
})
afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

const send = async (who: Member, method: string, path: string, body: unknown) => {
  const response = await who.fetch(`/api/v1/${path}`, json(method, body))
  return [response.status, await response.json()] as const
}

it('lets a member choose between normal and low, and nothing else', async () => {
  const [a, b] = await queueJobs(member.user, 2)
  expect(await send(member, 'PATCH', `jobs/${a.id}`, { band: 'low' })).toEqual([200, { outcome: 'moved' }])
  expect((await reload(a.id)).band).toBe('low')
  for (const body of [{ band: 'high' }, { front: true }, { before: b.id }, { after: b.id }]) {
    const [status, answer] = await send(member, 'PATCH', `jobs/${a.id}`, body)
    expect([status, answer.code]).toEqual([403, 'forbidden'])
  }
})

it('puts a job before another one for an admin, and tells its owner why', async () => {
  const [a, b] = await queueJobs(member.user, 2)
  const reason = 'The launch is today'
  const moved = await send(admin, 'PATCH', `jobs/${b.id}`, { before: a.id, reason: `  ${reason} ` })
  expect(moved).toEqual([200, { outcome: 'moved' }])
  const log = await (await member.fetch(`/api/v1/jobs/${b.id}/log`)).json()
  expect(log.lines.at(-1)).toMatchObject({ kind: 'moved', actorName: 'admin', data: { reason } })
  const entry = await db().auditEntry.findFirstOrThrow({ where: { subjectId: b.id } })
  expect(entry).toMatchObject({ reason, actorName: 'admin' })
})

it('says that the job beside which another one should go does not wait', async () => {
  const [a, b] = await queueJobs(member.user, 2)
  await send(member, 'POST', `jobs/${a.id}/cancel`, {})
  const [status, answer] = await send(admin, 'PATCH', `jobs/${b.id}`, { after: a.id })
  expect([status, answer.code]).toEqual([409, 'other_not_waiting'])
})

it.each([
  {},
  { band: 'highest' },
  { front: false },
  { front: true, band: 'low' },
  { before: 'x' },
  { front: true, reason: 'x'.repeat(301) },
])('refuses a move that says %j', async (body) => {
  const [job] = await queueJobs(member.user, 1)
  expect((await send(admin, 'PATCH', `jobs/${job.id}`, body))[0]).toBe(400)
})

it('switches the policy, the aging and a weight for an admin, within bounds', async () => {
  const { id } = member.user
  expect(await send(admin, 'POST', 'queue/policy', { policy: 'fair' })).toEqual([200, { outcome: 'changed' }])
  expect(await send(admin, 'POST', 'queue/policy', { policy: 'fair' })).toEqual([
    200,
    { outcome: 'unchanged' },
  ])
  expect(await send(admin, 'PUT', 'queue/aging', { minutes: null })).toEqual([200, { outcome: 'changed' }])
  expect(await send(admin, 'PUT', `users/${id}/weight`, { weight: 0.1 })).toEqual([
    200,
    { outcome: 'changed' },
  ])
  for (const [method, path, body] of [
    ['POST', 'queue/policy', { policy: 'lottery' }],
    ['PUT', 'queue/aging', { minutes: 0 }],
    ['PUT', 'queue/aging', {}],
    ['PUT', `users/${id}/weight`, { weight: 0.05 }],
    ['PUT', `users/${id}/weight`, { weight: 11 }],
  ] as const)
    expect((await send(admin, method, path, body))[0]).toBe(400)
})
