import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { cancelJob } from '#core/render-job/actions/cancel'
import { diskStorage } from '#core/storage/disk'
import { carryOutRemovals } from '#core/trash/removals'
import { deleteUser } from '#core/user/delete'
import type { User } from '#prisma/client'
import { claimedJob, createUser, queueJobs } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()

const folder = () => path.join(database().dataDir, 'storage')
/** What a worker does with what was deleted. */
const clean = () =>
  carryOutRemovals(diskStorage(folder()).removeFolder, (_folder, error) => {
    throw error
  })
const files = () =>
  (existsSync(folder()) ? readdirSync(folder(), { recursive: true, withFileTypes: true }) : [])
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => path.relative(folder(), path.join(parentPath, name)))
    .sort()

function write(key: string) {
  const file = path.join(folder(), key)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, 'some bytes')
}

/** A cancelled and a finished job of somebody, with their files. */
async function worked(owner: User) {
  const [job, waiting] = await queueJobs(owner, 2)
  await cancelJob(waiting.id, owner)
  const resultKey = `results/${job.id}/video.mp4`
  await cancelJob(job.id, owner)
  await db().renderJob.update({ where: { id: job.id }, data: { state: 'succeeded', resultKey } })
  const assets = await db().asset.findMany({ where: { ownerId: owner.id } })
  for (const key of [resultKey, ...assets.map(({ storageKey }) => storageKey)]) write(key)
  return { job, resultKey, assets }
}

it('erases all that was theirs, on the disk too, and nothing else', async () => {
  const [admin, user, other] = [
    await createUser('admin'),
    await createUser('member', 'Ada'),
    await createUser(),
  ]
  const before = files()
  await worked(user)
  const kept = await worked(other)
  expect(await deleteUser(user.id, { how: 'erase' }, admin)).toBe('deleted')
  await clean()
  expect(files()).toEqual(
    [...before, kept.resultKey, ...kept.assets.map(({ storageKey }) => storageKey)].sort(),
  )
  expect(await db().user.findMany({ where: { id: user.id } })).toEqual([])
  for (const rows of [db().renderJob, db().batch, db().asset] as ReturnType<typeof db>['batch'][])
    expect(new Set((await rows.findMany()).map(({ ownerId }) => ownerId))).toEqual(new Set([other.id]))
  const [last] = await db().auditEntry.findMany({ orderBy: { id: 'desc' }, take: 1 })
  expect(last).toMatchObject({
    action: 'user.delete',
    subjectId: user.id,
    subjectName: 'Ada',
    ...{ ownerName: 'Ada', to: { how: 'erase' } },
  })
  expect(await deleteUser(user.id, { how: 'erase' }, admin)).toBe('not_found')
})

it('hands all over, and keeps one of a file that both have', async () => {
  const [admin, user, heir] = [await createUser('admin'), await createUser(), await createUser()]
  const [theirs, ours] = [await worked(user), await worked(heir)]
  const speechOf = ({ assets }: typeof theirs) => assets.find(({ kind }) => kind === 'speech')!
  const { sha256 } = speechOf(ours)
  await db().asset.update({ where: { id: speechOf(theirs).id }, data: { sha256 } })
  expect(await deleteUser(user.id, { how: 'hand_over', to: heir.id }, admin)).toBe('deleted')
  await clean()
  const jobs = await db().renderJob.findMany({ include: { batch: true } })
  expect(jobs).toHaveLength(4)
  for (const job of jobs) expect([job.ownerId, job.batch.ownerId]).toEqual([heir.id, heir.id])
  expect(new Set(jobs.map((job) => job.batch.speechId))).toEqual(new Set([speechOf(ours).id]))
  expect(await db().asset.count({ where: { ownerId: heir.id } })).toBe(3)
  expect(files()).not.toContain(speechOf(theirs).storageKey)
  expect(files()).toContain(theirs.resultKey)
})

it('waits for what runs, and leaves the account disabled until then', async () => {
  const [admin, user] = [await createUser('admin'), await createUser()]
  const { job } = await claimedJob(user)
  expect(await deleteUser(user.id, { how: 'erase' }, admin)).toBe('still_running')
  const stopping = await db().renderJob.findUniqueOrThrow({ where: { id: job.id }, include: { owner: true } })
  expect(stopping).toMatchObject({ state: 'running', cancelRequestedAt: expect.any(Date) })
  expect(stopping.owner.disabledAt).not.toBeNull()
})

it('protects the last admin, whoever asks, and those who would get nothing', async () => {
  const [admin, second, user] = [await createUser('admin'), await createUser('admin'), await createUser()]
  await worked(user)
  const gone = await createUser()
  await db().user.update({ where: { id: gone.id }, data: { disabledAt: new Date() } })
  const erase = { how: 'erase' as const }
  expect(await deleteUser(admin.id, erase, admin)).toBe('yourself')
  expect(await deleteUser(newId(), erase, admin)).toBe('not_found')
  for (const to of [gone.id, user.id, newId()])
    expect(await deleteUser(user.id, { how: 'hand_over', to }, admin)).toBe('no_heir')
  expect(await db().renderJob.count({ where: { ownerId: user.id } })).toBe(2)
  expect(await deleteUser(second.id, erase, admin)).toBe('deleted')
  expect(await deleteUser(admin.id, erase, second)).toBe('last_admin')
})
