import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JobJson } from '#app/_serial/job'
import { closeDb, db } from '#core/db'
import { newId } from '#core/ids'
import { closeBoss } from '#core/queue/boss'
import { claimNext, fail, reportProgress } from '#core/render-job/lifecycle'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { claimedJob, createAsset, createWorker, queueJobs } from '#test/setup/factories'
import { emptyPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import { json, type Member, signedIn } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

let database: TestDatabase
let web: Web
let owner: Member
let admin: Member

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

beforeEach(async () => {
  await emptyPortal()
  owner = await signedIn(web.origin)
  admin = await signedIn(web.origin, 'admin')
})

afterEach(expectSoundQueue)

describe('a job', () => {
  it('is told with its place in the line and everything a page shows', async () => {
    const jobs = await queueJobs(owner.user, 2)
    const job = await ask<JobJson>(owner, `jobs/${jobs[1].id}`)
    expect(job).toMatchObject({
      id: jobs[1].id,
      batchName: 'Batch',
      ordinal: 1,
      state: 'queued',
      position: 2,
      jobsAhead: 1,
      band: 'normal',
      error: null,
      result: null,
      cancelling: false,
      presenter: { name: 'presenter.mp4', width: 1280, thumbnail: null },
      owner: { id: owner.user.id, name: 'member' },
    })
    expect(new Date(job.queuedAt).toISOString()).toBe(job.queuedAt)
    const open = await ask<{ jobs: JobJson[] }>(owner, 'jobs?scope=open')
    expect(open.jobs.map(({ position }) => position)).toEqual([1, 2])
    const batch = await ask<{ progress: object; jobs: JobJson[] }>(owner, `batches/${job.batchId}`)
    expect(batch).toMatchObject({ name: 'Batch', progress: { state: 'waiting', total: 2 } })
    expect(batch.jobs).toHaveLength(2)
  })

  it('is cancelled once, while it runs by asking the worker, and then says so', async () => {
    const { job, claim } = await claimedJob(owner.user)
    expect(await act(owner, `jobs/${job.id}/cancel`)).toEqual([200, { outcome: 'cancelling' }])
    expect(await ask<JobJson>(owner, `jobs/${job.id}`)).toMatchObject({ state: 'running', cancelling: true })
    expect(await act(owner, `jobs/${job.id}/resubmit`)).toMatchObject([409, { code: 'not_ended' }])
    await fail(claim, NO_FACE)
    expect(await act(owner, `jobs/${job.id}/cancel`)).toMatchObject([409, { code: 'already_ended' }])
    // Its owner gets the text of the code, operators what the engine said.
    const failed = await ask<JobJson>(owner, `jobs/${job.id}`)
    expect(failed.error).toMatchObject({
      code: 'no_face',
      message: expect.stringMatching(/^No face was found/),
    })
    expect((await ask<JobJson>(admin, `jobs/${job.id}`)).error).toEqual(NO_FACE)
    const [foreign] = await queueJobs(admin.user, 1)
    expect(await act(admin, `jobs/${foreign.id}/cancel`)).toEqual([200, { outcome: 'cancelled' }])
    const ended = await ask<{ jobs: JobJson[]; nextCursor: null }>(owner, 'jobs?scope=ended')
    expect([ended.jobs.map(({ id }) => id), ended.nextCursor]).toEqual([[job.id], null])
  })

  it('goes back into the line; only an admin chooses the band', async () => {
    const { job, claim } = await claimedJob(owner.user)
    const { id } = job
    await fail(claim, NO_FACE)
    await queueJobs(owner.user, 1)
    expect(await act(owner, `jobs/${id}/resubmit`, 'POST', { band: 'urgent' })).toMatchObject([
      403,
      { code: 'forbidden' },
    ])
    expect(await act(owner, `jobs/${id}/resubmit`)).toMatchObject([200, { id, state: 'queued', position: 2 }])
    expect(await act(owner, `jobs/${id}/cancel`)).toEqual([200, { outcome: 'cancelled' }])
    const raised = await act(admin, `jobs/${id}/resubmit`, 'POST', { band: 'urgent' })
    expect(raised).toMatchObject([200, { band: 'urgent', position: 1 }])
  })

  it("that ended is on one page of its owner's, the newest first", async () => {
    const [{ batchId }] = await queueJobs(owner.user, 60)
    await act(owner, `batches/${batchId}/cancel`)
    const pages: JobJson[][] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: { jobs: JobJson[]; nextCursor: string | null } = await ask(
        owner,
        `jobs?scope=ended${cursor && `&cursor=${cursor}`}`,
      )
      pages.push(page.jobs)
      cursor = page.nextCursor
      if (pages.length > 60) break
    }
    const ids = pages.flat().map(({ id }) => id)
    expect([ids.length, new Set(ids).size, pages.length > 1]).toEqual([60, 60, true])
    const times = pages.flat().map(({ finishedAt }) => finishedAt ?? '')
    expect(times).toEqual([...times].sort().reverse())
  })

  it('is moved by an admin, and its log says who did it', async () => {
    const [, { id }] = await queueJobs(owner.user, 2)
    expect(await act(admin, `jobs/${id}`, 'PATCH', { front: true })).toEqual([200, { outcome: 'moved' }])
    expect(await ask<JobJson>(owner, `jobs/${id}`)).toMatchObject({ position: 1 })
    expect(await act(admin, `jobs/${id}`, 'PATCH', { band: 'low' })).toEqual([200, { outcome: 'moved' }])
    for (const wrong of [{}, { band: 'highest' }, { front: false }, { band: 'low', front: true }])
      expect(await act(admin, `jobs/${id}`, 'PATCH', wrong)).toMatchObject([400, { code: 'invalid_request' }])
    const { lines } = await ask<{ lines: { id: string; kind: string; actorName?: string }[] }>(
      owner,
      `jobs/${id}/log`,
    )
    expect(lines.map(({ kind, actorName }) => [kind, actorName])).toEqual([
      ['queued', 'member'],
      ['moved', 'admin'],
      ['moved', 'admin'],
    ])
    const later = await ask<{ lines: object[] }>(owner, `jobs/${id}/log?after=${lines[1].id}`)
    expect(later.lines).toEqual([lines[2]])
    await act(owner, `jobs/${id}/cancel`)
    expect(await act(admin, `jobs/${id}`, 'PATCH', { front: true })).toMatchObject([
      409,
      { code: 'not_waiting' },
    ])
    const { entries } = await ask<{ entries: { id: string; action: string }[] }>(admin, 'audit')
    const moves = entries.filter(({ action }) => action.startsWith('job.'))
    expect(moves.map(({ action }) => action)).toEqual(['job.band', 'job.front'])
    const { next } = await ask<{ next: string }>(admin, 'audit?limit=1')
    const older = await ask<{ entries: object[] }>(admin, `audit?before=${next}`)
    expect(older.entries[0]).toEqual(entries[1])
  })
})

describe('a batch', () => {
  it('wants a speech and presenters of its owner', async () => {
    const speech = await createAsset(owner.user.id, 'speech')
    const presenter = await createAsset(owner.user.id, 'presenter')
    const foreign = await createAsset(admin.user.id, 'presenter')
    const asked = { name: 'B', speechId: speech.id, presenterIds: [presenter.id] }
    const post = (changes: object) => act(owner, 'batches', 'POST', { ...asked, ...changes })
    expect(await post({ speechId: newId() })).toMatchObject([404, { code: 'speech_not_found' }])
    expect(await post({ presenterIds: [presenter.id, foreign.id] })).toMatchObject([
      404,
      { code: 'presenter_not_found', params: { presenterId: foreign.id } },
    ])
    expect(await post({ name: ' ' })).toMatchObject([400, { message: 'Give the batch a name.' }])
    expect(await post({ presenterIds: [] })).toMatchObject([400, { message: 'Add at least one video.' }])
    expect(await db().batch.count()).toBe(0)
    expect(await post({})).toMatchObject([201, { name: 'B', jobs: [{ ordinal: 0, position: 1 }] }])
  })

  it('is cancelled as a whole', async () => {
    const [{ batchId }] = await queueJobs(owner.user, 4)
    await claimNext((await createWorker()).id)
    expect(await act(owner, `batches/${batchId}/cancel`)).toEqual([200, { cancelled: 3, cancelling: 1 }])
    expect(await act(owner, `batches/${batchId}/cancel`)).toEqual([200, { cancelled: 0, cancelling: 1 }])
  })
})

describe('the queue', () => {
  it('shows everybody what runs, and whose only to the owner and to admins', async () => {
    const other = await signedIn(web.origin)
    await queueJobs(owner.user, 3)
    const worker = await createWorker()
    const claim = await claimNext(worker.id)
    const progress = { stage: 'render', fraction: 0.4, framesDone: 40, frames: 100, fps: 12.5 }
    await reportProgress(claim!, { device: worker.device, ...progress })
    const seen = await ask<{ waiting: number; onStage: object[]; workers: object[] }>(other, 'queue')
    expect(seen).toMatchObject({ waiting: 2, running: 1, paused: null })
    expect(seen.onStage).toMatchObject([
      {
        device: 'cuda:0',
        mine: false,
        stage: 'render',
        fraction: 0.4,
        fps: 12.5,
        job: null,
        ownerName: null,
      },
    ])
    expect(seen.workers).toEqual([
      { device: 'cuda:0', alive: true, state: 'ready', engine: 'fake', engineVersion: '1' },
    ])
    expect(JSON.stringify(seen)).not.toContain(claim!.jobId)
    expect(seen).not.toHaveProperty('jobs')
    expect(await ask(owner, 'queue')).toMatchObject({ onStage: [{ mine: true, job: { id: claim!.jobId } }] })
    const all = await ask<{ jobs: JobJson[] }>(admin, 'queue')
    expect(all.jobs.map(({ position }) => position)).toEqual([null, 1, 2])
  })

  it('is paused and resumed by an admin', async () => {
    expect(await act(admin, 'queue/pause')).toEqual([200, { outcome: 'changed' }])
    expect(await act(admin, 'queue/pause')).toEqual([200, { outcome: 'unchanged' }])
    expect(await ask(owner, 'queue')).toMatchObject({ paused: { at: expect.any(String), byName: 'admin' } })
    expect(await act(admin, 'queue/resume')).toEqual([200, { outcome: 'changed' }])
    expect(await ask(owner, 'queue')).toMatchObject({ paused: null })
  })
})

describe('users', () => {
  it('are listed with their open jobs, disabled and enabled, but never the last admin or oneself', async () => {
    await queueJobs(owner.user, 2)
    const { users } = await ask<{ users: { id: string; openJobs: number }[] }>(admin, 'users')
    expect(users.find(({ id }) => id === owner.user.id)).toMatchObject({ openJobs: 2, role: 'member' })
    expect(JSON.stringify(users)).not.toMatch(/passwordHash|sessionVersion/)
    expect(await act(admin, `users/${admin.user.id}/disable`)).toMatchObject([409, { code: 'yourself' }])
    expect(await act(admin, `users/${newId()}/enable`)).toMatchObject([404, { code: 'not_found' }])
    expect(await act(admin, `users/${owner.user.id}/disable`)).toEqual([200, { outcome: 'disabled' }])
    expect(await db().renderJob.count({ where: { state: 'queued' } })).toBe(0)
    expect(await act(admin, `users/${owner.user.id}/enable`)).toEqual([200, { outcome: 'enabled' }])
  })
})

const NO_FACE = { code: 'no_face', message: 'No face was found.', params: { frames: 3 } } as const

async function ask<Answer>(who: Member, route: string): Promise<Answer> {
  const response = await who.fetch(`/api/v1/${route}`)
  expect(response.status).toBe(200)
  return response.json() as Promise<Answer>
}

async function act(
  who: Member,
  route: string,
  method = 'POST',
  body: object = {},
): Promise<[number, unknown]> {
  const response = await who.fetch(`/api/v1/${route}`, json(method, body))
  const text = await response.text()
  return [response.status, text ? JSON.parse(text) : null]
}
