import { expect, it } from 'vitest'
import { listAudit } from '#core/audit/data'
import { writeAudit } from '#core/audit/mutations'
import { db } from '#core/db'
import { createUser } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

it('lists who did what, newest first, page by page', async () => {
  const ada = await createUser('admin', 'Ada')
  for (const action of ['queue.pause', 'queue.resume', 'job.front'] as const)
    await writeAudit(db(), { actorId: ada.id, action, subjectId: 'x', data: { n: 1 } })
  await writeAudit(db(), { actorId: null, action: 'user.join' })
  const first = await listAudit({ limit: 2 })
  expect(first).toMatchObject([
    { action: 'user.join', subject: 'user', actorName: null, subjectId: null, data: {} },
    { action: 'job.front', subject: 'job', actorName: 'Ada', subjectId: 'x', data: { n: 1 } },
  ])
  const rest = await listAudit({ limit: 10, before: first[1].id })
  expect(rest.map((entry) => entry.action)).toEqual(['queue.resume', 'queue.pause'])
})

it('is taken back with the transaction that it belongs to', async () => {
  const failing = db().$transaction(async (tx) => {
    await writeAudit(tx, { actorId: null, action: 'queue.pause' })
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await listAudit()).toEqual([])
})
