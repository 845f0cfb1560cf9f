import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { claimNext } from '#core/render-job/lifecycle'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createAsset, createWorker, queueJobs } from '#test/setup/factories'
import { type Member, signedIn } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web
let member: Member
let admin: Member

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  admin = await signedIn(web.origin, 'admin')
})

beforeEach(async () => {
  member = await signedIn(web.origin)
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

const limit = async (limits: object) => {
  const body = JSON.stringify(limits)
  expect((await admin.fetch('/api/v1/queue/limits', { method: 'PUT', body })).status).toBe(200)
}

it('a change of one limit leaves the others as they are', async () => {
  const all = {
    ...{ maxWaitingPerUser: 3, maxWaiting: 30, gpuMinutesPerUserPerDay: 60, minFreeDiskBytes: 0 },
    ...{ maxBytesPerUser: 1e12, maxOpenUploadsPerUser: 50 },
  }
  await limit(all)
  await limit({ maxWaiting: 31 })
  expect(await (await admin.fetch('/api/v1/queue/limits')).json()).toEqual({ ...all, maxWaiting: 31 })
  await limit({ maxWaitingPerUser: 500, maxWaiting: 5000, gpuMinutesPerUserPerDay: null })
})

const upload = (bytes: number) =>
  member.fetch('/api/v1/uploads', {
    method: 'POST',
    headers: { 'tus-resumable': '1.0.0', 'upload-length': String(bytes), 'upload-metadata': 'kind c3BlZWNo' },
  })

it('refuses what is over a limit, before the upload where that is known, and says what is left', async () => {
  await limit({ maxWaitingPerUser: 2, minFreeDiskBytes: 0 })
  await queueJobs(member.user, 2)
  const [speech, presenter] = [
    await createAsset(member.user.id, 'speech'),
    await createAsset(member.user.id, 'presenter'),
  ]
  const body = JSON.stringify({ name: 'More', speechId: speech.id, presenterIds: [presenter.id] })
  const batch = await member.fetch('/api/v1/batches', { method: 'POST', body })
  expect(batch.status).toBe(429)
  const refusal = { code: 'too_many_waiting', params: { waiting: 2, limit: 2, asked: 1 } }
  expect(await batch.json()).toMatchObject(refusal)
  const refused = await upload(1000)
  expect(refused.status).toBe(403)
  expect(await refused.json()).toMatchObject(refusal)
  const left = await (await member.fetch('/api/v1/limits')).json()
  expect(left).toMatchObject({ waiting: { used: 2, limit: 2, left: 0 }, maxVideos: 0, disk: { low: false } })

  await limit({ maxWaitingPerUser: null, minFreeDiskBytes: 2 ** 49 })
  const noRoom = await upload(1000)
  expect(noRoom.status).toBe(507)
  expect(await noRoom.json()).toMatchObject({ code: 'disk_low' })
  await limit({ minFreeDiskBytes: 0 })
  expect((await upload(1000)).status).toBe(201)
})

it('a batch keeps its options, and unknown ones are refused', async () => {
  const [speech, presenter] = [
    await createAsset(member.user.id, 'speech'),
    await createAsset(member.user.id, 'presenter'),
  ]
  const send = (options: object) => {
    const body = JSON.stringify({ name: 'How', speechId: speech.id, presenterIds: [presenter.id], options })
    return member.fetch('/api/v1/batches', { method: 'POST', body })
  }
  expect((await send({ qualty: 'high' })).status).toBe(400)
  const { jobs } = await (await send({ quality: 'high', engine: 'wav2lip' })).json()
  const job = await (await member.fetch(`/api/v1/jobs/${jobs[0].id}`)).json()
  expect(job).toMatchObject({
    engine: 'wav2lip',
    options: { quality: 'high', engine: 'wav2lip', leadMs: 20 },
  })
})

it('shows admins each slot with its engines and what it renders', async () => {
  const worker = await createWorker('cuda:3', ['mouth', 'wav2lip'])
  await queueJobs(member.user, 1)
  const claim = await claimNext(worker.id)
  await db().worker.update({ where: { id: worker.id }, data: { rssBytes: 123n } })
  const [slot] = await (await admin.fetch('/api/v1/workers')).json()
  expect(slot).toMatchObject({
    ...{ id: worker.id, device: 'cuda:3', state: 'ready', alive: true, draining: false, drained: false },
    ...{ rssBytes: 123, currentJob: { id: claim!.jobId, ownerName: 'member' } },
    engines: [
      { name: 'mouth', ready: true },
      { name: 'wav2lip', ready: true },
    ],
  })
  await admin.fetch(`/api/v1/workers/${worker.id}/stop`, { method: 'POST' })
  const [stopping] = await (await admin.fetch('/api/v1/workers')).json()
  expect(stopping).toMatchObject({ draining: true, drained: false, stopping: true })
})
