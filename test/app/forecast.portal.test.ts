import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createAsset, createWorker, queueJobs } from '#test/setup/factories'
import { type Member, signedIn } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web
let member: Member
let other: Member
let admin: Member
let draft: { speechId: string; presenterIds: string[] }

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  member = await signedIn(web.origin)
  other = await signedIn(web.origin)
  admin = await signedIn(web.origin, 'admin')
  const speech = await createAsset(member.user.id, 'speech')
  const presenter = await createAsset(member.user.id, 'presenter')
  draft = { speechId: speech.id, presenterIds: [presenter.id, presenter.id] }
})
afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})
beforeEach(async () => {
  await db().worker.deleteMany()
})

const post = (who: Member, path: string, body: unknown) =>
  who.fetch(`/api/v1/${path}`, { method: 'POST', body: JSON.stringify(body) })

/** Waits until the web process, which forecasts on its own, says so. */
const eventually = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 8000, interval: 300 })

describe('the forecast over HTTP', () => {
  it('comes with a waiting job, as times or as the reason why there are none', async () => {
    const [job] = await queueJobs(member.user, 1)
    const read = async () => (await (await member.fetch(`/api/v1/jobs/${job.id}`)).json()).forecast
    await eventually(read).toEqual({ unknown: 'no_worker' })
    await createWorker()
    const times = { p50: expect.stringMatching(/Z$/), p90: expect.stringMatching(/Z$/) }
    await eventually(read).toEqual({ startAt: times, finishAt: times })
    await post(admin, 'queue/pause', {})
    await eventually(read).toEqual({ unknown: 'paused' })
    await post(admin, 'queue/resume', {})
  })

  it('of a draft names those whom it delays to admins only', async () => {
    await createWorker()
    const asMember = await (await post(member, 'batches/forecast', draft)).json()
    expect(asMember).toMatchObject({
      gpuSeconds: { p50: expect.any(Number) },
      delays: { jobs: 0, atMost: 0 },
    })
    expect(asMember).not.toHaveProperty('delayed')
    const speech = await createAsset(admin.user.id, 'speech')
    const presenter = await createAsset(admin.user.id, 'presenter')
    const own = { speechId: speech.id, presenterIds: [presenter.id], band: 'urgent' }
    expect(await (await post(admin, 'batches/forecast', own)).json()).toHaveProperty('delayed')
  })

  it('of a draft is refused for what its sender does not have or may not ask', async () => {
    expect((await post(other, 'batches/forecast', draft)).status).toBe(404)
    expect((await post(member, 'batches/forecast', { ...draft, band: 'urgent' })).status).toBe(403)
    expect(
      (await post(member, 'batches/forecast', { speechId: draft.speechId, presenterIds: [] })).status,
    ).toBe(400)
  })

  it('is held against what came, for admins', async () => {
    const answer = await (await admin.fetch('/api/v1/queue/calibration')).json()
    expect(answer).toMatchObject({ jobs: 0, p50Held: null, p90Held: null, weeks: [], points: [] })
  })
})
