import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { createBatch } from '#core/batch/mutations'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { limitsOf, readUsage, setLimits } from '#core/limits/limits'
import { releaseLostRoom, releaseRoom, reserveRoom } from '#core/limits/room'
import { setQuotas } from '#core/user/quotas'
import type { User } from '#prisma/client'
import { createAsset, createUser, queueJobs } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()

const dataDir = () => database().dataDir
const GB = 1e9

/** Begins an upload, and says why it may not. */
const begin = async (owner: User, bytes: number, id = newId()) => {
  const refusal = await reserveRoom({ id, ownerId: owner.id, bytes }, dataDir())
  return refusal?.code ?? 'begun'
}
const unlimited = { minFreeDiskBytes: 0, maxBytesPerUser: null, maxOpenUploadsPerUser: null }
const limitTo = async (limits: object) =>
  setLimits({ ...unlimited, ...limits }, (await createUser('admin')).id)

it('uploads that begin at once never have together what each could have alone', async () => {
  const owner = await createUser()
  await limitTo({ maxBytesPerUser: 10_000 })
  await createAsset(owner.id, 'speech')
  const begun = await Promise.all(Array.from({ length: 8 }, () => begin(owner, 2000)))
  expect(begun.toSorted()).toEqual([...Array(4).fill('begun'), ...Array(4).fill('storage_full')])
  expect(await begin(await createUser(), 2000)).toBe('begun')
})

it('nor do those of several people exceed the disk; what has arrived counts once', async () => {
  const { freeDiskBytes } = await readUsage((await createUser()).id)
  const half = Math.round(freeDiskBytes / 2)
  await limitTo({ minFreeDiskBytes: GB / 10 })
  const owners = await Promise.all([1, 2, 3].map(() => createUser()))
  const begun = await Promise.all(owners.map((owner) => begin(owner, half)))
  expect(begun.toSorted()).toEqual(['begun', 'disk_low', 'disk_low'])
  // A file that has as many bytes as were announced brings no more of them.
  await db().openUpload.updateMany({ data: { bytes: 100 } })
  const [{ id }] = await db().openUpload.findMany()
  const folder = path.join(dataDir(), 'uploads')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, id), Buffer.alloc(100))
  expect(await begin(await createUser(), half)).toBe('begun')
})

it('room is given back when an upload ends, or when nothing of it is left', async () => {
  const owner = await createUser()
  await limitTo({ maxOpenUploadsPerUser: 2 })
  const [first, second] = [newId(), newId()]
  expect([await begin(owner, 1, first), await begin(owner, 1, second), await begin(owner, 1)]).toEqual([
    ...['begun', 'begun', 'too_many_uploads'],
  ])
  await releaseRoom(first)
  expect(await begin(owner, 1, first)).toBe('begun')
  await releaseLostRoom(dataDir())
  expect(await begin(owner, 1)).toBe('too_many_uploads')
  await db().openUpload.update({ where: { id: second }, data: { createdAt: new Date(Date.now() - 4e6) } })
  await releaseLostRoom(dataDir())
  expect(await begin(owner, 1)).toBe('begun')
})

it('counts speeches, videos, results and what is in the trash; a full quota takes no batch', async () => {
  const owner = await createUser()
  const [job] = await queueJobs(owner, 1)
  await db().renderJob.update({ where: { id: job.id }, data: { resultBytes: 500n } })
  await db().asset.updateMany({ data: { deletedAt: new Date() } })
  expect(await readUsage(owner.id)).toMatchObject({ bytes: 2500, openUploads: 0 })
  await limitTo({ maxBytesPerUser: 2500 })
  await db().asset.updateMany({ data: { deletedAt: null } })
  const [speech, presenter] = await db().asset.findMany({ orderBy: { kind: 'asc' } })
  const sent = await createBatch(owner.id, { name: 'B', speechId: speech.id, presenterIds: [presenter.id] })
  expect(sent).toMatchObject({
    outcome: 'refused',
    refusal: { code: 'storage_full', params: { usedBytes: 2500, askedBytes: 0, limitBytes: 2500 } },
  })
})

it('a person’s own quotas go before everybody’s, also that there is none; a change is in the audit', async () => {
  const [owner, admin] = [await createUser(), await createUser('admin')]
  await limitTo({ maxWaitingPerUser: 1, maxOpenUploadsPerUser: 1 })
  const quotas = { maxWaitingPerUser: 3, maxOpenUploadsPerUser: null }
  expect(await setQuotas(owner.id, quotas, admin.id)).toBe('changed')
  expect(await setQuotas(owner.id, quotas, admin.id)).toBe('unchanged')
  expect(await setQuotas(newId(), quotas, admin.id)).toBe('not_found')
  expect(await limitsOf(owner.id)).toMatchObject({ ...quotas, maxBytesPerUser: null })
  await queueJobs(owner, 3)
  await expect(queueJobs(await createUser(), 2)).rejects.toThrow('refused')
  expect(await begin(owner, 1)).toBe('too_many_waiting')
  const [entry] = await db().auditEntry.findMany({ where: { action: 'user.quotas' } })
  expect(entry).toMatchObject({ actorId: admin.id, subjectId: owner.id, from: {}, to: quotas })
})

it('an upload is refused where the queue would take no job with it', async () => {
  const owner = await createUser()
  await limitTo({ maxWaitingPerUser: 1 })
  expect(await begin(owner, 1000)).toBe('begun')
  await queueJobs(owner, 1)
  expect(await begin(owner, 1000)).toBe('too_many_waiting')
})
