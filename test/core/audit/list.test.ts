import { afterEach, expect, it, vi } from 'vitest'
import { withClient } from '#bin/postgres/with-client'
import { askedFrom } from '#core/audit/asking'
import { auditCursor, auditFilter, cursorOf, listAudit } from '#core/audit/data'
import { writeAudit, writeLook } from '#core/audit/mutations'
import { removeOldAudit } from '#core/audit/retention'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { createUser, queueJobs } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()
afterEach(() => vi.unstubAllEnvs())

const actions = async (...asked: Parameters<typeof listAudit>) =>
  (await listAudit(...asked)).map((entry) => entry.action)

it('tells who did what, to whose thing, from where and why', async () => {
  const [ada, bea] = [await createUser('admin', 'Ada'), await createUser('member', 'Bea')]
  const [job] = await queueJobs(bea, 1)
  const presenter = await db().asset.findUniqueOrThrow({ where: { id: job.presenterId } })
  const place = { band: 'normal', ticket: 1, position: 2 } as const
  await askedFrom({ address: '192.0.2.7', browser: 'Firefox' }, () =>
    writeAudit(db(), {
      ...{ actorId: ada.id, action: 'job.front', subjectId: job.id, reason: 'the launch is today' },
      ...{ from: place, to: { ...place, position: 1 } },
    }),
  )
  const [entry] = await listAudit()
  const { id, at, ...rest } = entry
  expect(rest).toEqual({
    ...{ actorId: ada.id, actorName: 'Ada', actorRole: 'admin', action: 'job.front', subject: 'job' },
    ...{ subjectId: job.id, subjectName: presenter.name, ownerId: bea.id, ownerName: 'Bea' },
    ...{ from: place, to: { ...place, position: 1 }, reason: 'the launch is today' },
    ...{ address: '192.0.2.7', browser: 'Firefox' },
  })
})

it('goes through the entries page by page, also through those of one moment', async () => {
  const ada = await createUser('admin', 'Ada')
  const notes = Array.from({ length: 5 }, () => ({ actorId: ada.id, action: 'queue.pause' as const }))
  await writeAudit(db(), ...notes)
  const seen = []
  for (let before: string | undefined; ; ) {
    const page = await listAudit({}, { limit: 2, before: auditCursor.optional().parse(before) })
    seen.push(...page.map((entry) => entry.id))
    if (page.length < 2) break
    before = cursorOf(page[1])
  }
  expect(seen).toHaveLength(5)
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => Number(b - a)))
})

it('narrows them down by person, action, kind of thing, thing and owner', async () => {
  const [ada, bea] = [await createUser('admin', 'Ada'), await createUser('operator', 'Bea')]
  const [job] = await queueJobs(bea, 1)
  await writeAudit(db(), { actorId: ada.id, action: 'job.cancel', subjectId: job.id })
  await writeAudit(db(), { actorId: bea.id, action: 'queue.pause' })
  await writeAudit(db(), { actorId: ada.id, action: 'user.disable', subjectId: bea.id })
  expect(await actions({ who: ada.id })).toEqual(['user.disable', 'job.cancel'])
  expect(await actions({ action: 'queue.pause' })).toEqual(['queue.pause'])
  expect(await actions({ on: 'job' })).toEqual(['job.cancel'])
  expect(await actions({ about: job.id })).toEqual(['job.cancel'])
  expect(await actions({ whose: bea.id })).toEqual(['user.disable', 'job.cancel'])
  expect(await actions({ whose: bea.id, on: 'job', who: bea.id })).toEqual([])
})

it('finds words of names, addresses and reasons by how they begin, Chinese ones anywhere', async () => {
  const [ada, wang] = [await createUser('admin', 'Ada Lovelace'), await createUser('admin', '王小明')]
  await askedFrom({ address: '192.0.2.7', browser: null }, () =>
    writeAudit(db(), { actorId: ada.id, action: 'queue.pause', reason: 'Disk-check' }),
  )
  await writeAudit(db(), { actorId: wang.id, action: 'queue.resume' })
  for (const q of ['ada', 'LOVE', 'love ad', '192.0.2.7', 'check', "lovelace' | 'x"])
    expect([q, await actions({ q })]).toEqual([q, q.includes('x') ? [] : ['queue.pause']])
  for (const q of ['王', '小明', '王小明']) expect([q, await actions({ q })]).toEqual([q, ['queue.resume']])
  for (const q of ['lace', 'bea', '!!']) expect([q, await actions({ q })]).toEqual([q, []])
})

it('takes days as those of a time zone', async () => {
  const insert = (at: string) =>
    db()
      .$executeRaw`INSERT INTO "AuditEntry" (at, action, subject) VALUES (${at}::timestamptz, ${at}, 'queue')`
  for (const at of [
    '2026-03-01T22:59:59Z',
    '2026-03-01T23:00:00Z',
    '2026-03-02T22:59:59Z',
    '2026-03-02T23:00:00Z',
  ])
    await insert(at)
  const inBerlin = { since: '2026-03-02', until: '2026-03-02', zone: 'Europe/Berlin' }
  expect(await actions(inBerlin)).toEqual(['2026-03-02T22:59:59Z', '2026-03-01T23:00:00Z'])
  expect(auditFilter.safeParse({ zone: 'Mars/Olympus' }).success).toBe(false)
})

it('writes looks at what is another’s, once an hour each', async () => {
  const [ada, bea] = [await createUser('admin', 'Ada'), await createUser('member', 'Bea')]
  const [job] = await queueJobs(bea, 1)
  for (let times = 0; times < 3; times++) await writeLook(ada.id, 'job.view', job.id)
  await writeLook(ada.id, 'job.download', job.id)
  await writeLook(bea.id, 'job.view', job.id)
  await writeLook(ada.id, 'job.view', newId())
  expect(await actions()).toEqual(['job.download', 'job.view'])
})

it('is taken back with the transaction that it belongs to', async () => {
  const failing = db().$transaction(async (tx) => {
    await writeAudit(tx, { actorId: null, action: 'queue.pause' })
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await listAudit()).toEqual([])
})

it('keeps its entries as they are, but for old ones that the retention removes', async () => {
  const insert = (days: number) => db().$executeRaw`
    INSERT INTO "AuditEntry" (at, action, subject) VALUES (now() - make_interval(days => ${days}::int), ${`${days}`}, 'queue')`
  for (const days of [1, 100, 1000]) await insert(days)
  await expect(db().auditEntry.updateMany({ data: { action: 'x' } })).rejects.toThrow(/denied/)
  await expect(db().auditEntry.deleteMany()).rejects.toThrow(/denied/)
  for (const change of [`UPDATE "AuditEntry" SET action = 'x'`, 'DELETE FROM "AuditEntry"'])
    await expect(asOwner(change)).rejects.toThrow('stay as they are')
  const removeYoung = db().$queryRaw`SELECT remove_old_audit(now() - interval '89 days')`
  await expect(removeYoung).rejects.toThrow('last 90 days')
  vi.stubEnv('AUDIT_DAYS', '89')
  await expect(removeOldAudit()).rejects.toThrow('AUDIT_DAYS: must be more than 90')
  vi.stubEnv('AUDIT_DAYS', '365')
  expect(await removeOldAudit()).toBe(1)
  expect(await actions()).toEqual(['1', '100'])
  await expect(db().auditEntry.deleteMany()).rejects.toThrow(/denied/)
})

/** The owner of the tables may do what the portal's role may not; the trigger stops even that one. */
const asOwner = (sql: string) =>
  withClient({ connectionString: database().ownerUrl }, (client) => client.query(sql))
