import { expect, it } from 'vitest'
import { newId } from '#core/ids'
import { findContentsInUse, findJob, listEndedJobs, listOpenJobs, readJobLog } from '#core/render-job/data'
import { claimNext, fail, succeed } from '#core/render-job/lifecycle'
import { createUser, queueJobs, RESULT } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

it("shows a job to its owner and to admins, with its place among everybody's", async () => {
  const [owner, other, admin] = [await createUser(), await createUser(), await createUser('admin')]
  await queueJobs(other, 2)
  const [job] = await queueJobs(owner, 1)
  expect(await findJob(job.id, owner)).toMatchObject({ id: job.id, position: 3 })
  expect(await findJob(job.id, admin)).toMatchObject({ id: job.id, position: 3 })
  expect(await findJob(job.id, other)).toBeNull()
  expect(await findJob(newId(), admin)).toBeNull()
  await claimNext(newId())
  expect((await listOpenJobs(owner.id)).map((open) => [open.id, open.position])).toEqual([[job.id, 2]])
  expect((await listOpenJobs(other.id)).map((open) => open.position)).toEqual([null, 1])
})

it('pages through what has ended, newest first, each once', async () => {
  const [owner, other] = [await createUser(), await createUser()]
  await queueJobs(owner, 5)
  await queueJobs(other, 1)
  const order: string[] = []
  for (let turn = 0; turn < 6; turn++) {
    const claim = (await claimNext(newId()))!
    if (turn % 2) await succeed(claim, RESULT)
    else await fail(claim, { code: 'no_face', message: 'No face.' })
    if (turn < 5) order.unshift(claim.jobId)
  }
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    const page = await listEndedJobs({ ownerId: owner.id }, { limit: 2, cursor })
    pages.push(page.jobs.map((job) => job.id))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  expect(pages).toEqual([order.slice(0, 2), order.slice(2, 4), order.slice(4)])
  const failed = await listEndedJobs({ ownerId: owner.id, states: ['failed'] })
  expect(failed.jobs.map((job) => job.id)).toEqual([order[0], order[2], order[4]])
  expect((await listEndedJobs({})).jobs.length).toBe(6)
})

it('reads a log on from a known line, to whom it may concern', async () => {
  const owner = await createUser()
  const [job] = await queueJobs(owner, 1)
  await succeed((await claimNext(newId()))!, RESULT)
  const log = (await readJobLog(job.id, owner))!
  expect(log.map((event) => event.kind)).toEqual(['queued', 'claimed', 'succeeded'])
  expect((await readJobLog(job.id, owner, log[0].id))!.map((event) => event.kind)).toEqual([
    ...['claimed', 'succeeded'],
  ])
  expect(await readJobLog(job.id, await createUser())).toBeNull()
  expect(await readJobLog(job.id, await createUser('admin'))).toHaveLength(3)
})

it('knows the contents of what is being rendered, and of nothing else', async () => {
  const before = await findContentsInUse()
  const [job] = await queueJobs(await createUser(), 2)
  expect(await findContentsInUse()).toEqual(before)
  const claim = (await claimNext(newId()))!
  expect(claim.jobId).toBe(job.id)
  const own = [claim.presenter.sha256, claim.batch.speech.sha256]
  expect(await findContentsInUse()).toEqual(new Set([...before, ...own]))
  await succeed(claim, RESULT)
  expect(await findContentsInUse()).toEqual(before)
})
