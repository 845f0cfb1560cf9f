import { expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { boss, closeBoss, RENDER_QUEUE } from '#core/queue/boss'
import { claimNext, release, succeed } from '#core/render-job/lifecycle'
import { createUser, queueJobs, RESULT } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

it('leaves retries, expiry and loss to the render job', async () => {
  const queue = await (await boss()).getQueue(RENDER_QUEUE)
  expect(queue).toMatchObject({
    policy: 'standard',
    retryLimit: 0,
    expireInSeconds: 24 * 3600,
    retentionSeconds: 10 * 365 * 24 * 3600,
    deleteAfterSeconds: 24 * 3600,
  })
  expect(queue?.heartbeatSeconds ?? null).toBeNull()
})

it("keeps what has waited for 20 days through pg-boss's supervision, which clears away what is done", async () => {
  const owner = await createUser()
  const [done, running, waiting] = await queueJobs(owner, 3)
  expect(await succeed((await claimNext(newId()))!, RESULT)).toBe(true)
  await claimNext(newId())
  await db().$executeRaw`
    UPDATE pgboss.job SET created_on = created_on - interval '20 days', keep_until = keep_until - interval '20 days',
      start_after = start_after - interval '20 days', completed_on = completed_on - interval '20 days'`
  await db()
    .$executeRaw`UPDATE pgboss.queue SET maintain_on = NULL, monitor_claim_on = NULL, monitor_on = NULL`
  await (await boss()).supervise(RENDER_QUEUE)
  const left = await db().$queryRaw<{ jobId: string; state: string }[]>`
    SELECT data->>'jobId' AS "jobId", state::text FROM pgboss.job ORDER BY priority DESC`
  expect(left).toEqual([
    { jobId: running.id, state: 'active' },
    { jobId: waiting.id, state: 'created' },
  ])
  expect(left.map((entry) => entry.jobId)).not.toContain(done.id)
  expect((await claimNext(newId()))?.jobId).toBe(waiting.id)
})

it('a render that outlasts the 24 hours pg-boss allows ends as any other', async () => {
  const owner = await createUser()
  const jobs = await queueJobs(owner, 2)
  const claims = [await claimNext(newId()), await claimNext(newId())]
  await db().$executeRaw`UPDATE pgboss.job SET started_on = started_on - interval '25 hours'`
  await db().$executeRaw`UPDATE pgboss.queue SET monitor_claim_on = NULL, monitor_on = NULL`
  await (await boss()).supervise(RENDER_QUEUE)
  const states = await db().$queryRaw<{ state: string }[]>`SELECT state::text FROM pgboss.job`
  expect(states.map((row) => row.state)).toEqual(['failed', 'failed'])
  expect(await claimNext(newId())).toBeNull()
  expect(await succeed(claims[0]!, RESULT)).toBe(true)
  expect(await release(claims[1]!, 'shutdown')).toBe(true)
  expect((await claimNext(newId()))?.jobId).toBe(jobs[1].id)
})

it('starts at the next use when the database was away at the first', async () => {
  await closeBoss()
  const url = process.env.DATABASE_URL
  process.env.DATABASE_URL = 'postgresql://nobody:x@127.0.0.1:1/nothing'
  await expect(boss()).rejects.toThrow()
  process.env.DATABASE_URL = url
  await queueJobs(await createUser(), 1)
  expect(await claimNext(newId())).not.toBeNull()
})
