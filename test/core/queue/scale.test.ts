import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDb, connectTo, db } from '#core/db'
import { boss, closeBoss, RENDER_QUEUE } from '#core/queue/boss'
import { FIRST_TICKET, toPriority } from '#core/queue/ordering'
import { setPolicy } from '#core/queue/policy'
import { jobsAhead, jobsAheadOfEach } from '#core/queue/position'
import { cancelJob } from '#core/render-job/actions/cancel'
import { moveJob } from '#core/render-job/actions/move'
import { readRivals } from '#core/worker/engines'
import { PrismaClient } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { fillLine, vacuum } from '#test/setup/long-line'

const WAITING = 10_000
const ENDED = 20_000

let database: TestDatabase
const statements: { query: string; params: string }[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  const client = new PrismaClient({
    adapter: connectTo(database.url),
    log: [{ emit: 'event', level: 'query' }],
    transactionOptions: { timeout: 60_000 },
  })
  client.$on('query', (event) => statements.push(event))
  Object.assign(globalThis, { greenroomDb: client })
  await boss()
  await fill()
})
afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

/** A line of 10,000 behind a day's work that is done, as autovacuum would keep it. */
async function fill(): Promise<void> {
  await db().$executeRawUnsafe(
    `INSERT INTO pgboss.job (id, name, data, priority, state, completed_on, policy, retry_limit)
     SELECT gen_random_uuid(), '${RENDER_QUEUE}', jsonb_build_object('jobId', gen_random_uuid()),
       ${toPriority({ band: 'normal', ticket: FIRST_TICKET })} - turn, 'completed', now(), 'standard', 0
     FROM generate_series(0, ${ENDED - 1}) AS turn ORDER BY random()`,
  )
  await fillLine(WAITING, 20)
}

/** The statements that some work sends, and their plans on the connections that it uses. */
async function plansOf(work: () => Promise<unknown>): Promise<{ query: string; plan: string }[]> {
  statements.length = 0
  await work()
  const plans = []
  for (const { query, params } of statements.splice(0)) {
    if (!/^\s*(SELECT|WITH|UPDATE|INSERT|DELETE)\b/.test(query)) continue
    const rows = await db().$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(
      `EXPLAIN (COSTS OFF) ${query}`,
      ...JSON.parse(params),
    )
    plans.push({ query, plan: rows.map((row) => row['QUERY PLAN']).join('\n') })
  }
  return plans
}

const INDEX_ONLY = /Index Only Scan using job_common_i11 on/

it(`counts those ahead among ${WAITING} by pg-boss's own index`, { timeout: 120_000 }, async () => {
  await vacuum()
  const rows = await db().renderJob.findMany({
    where: { state: 'queued' },
    orderBy: { priority: 'desc' },
    select: { priority: true },
  })
  const priorities = rows.map((row) => row.priority)
  expect(priorities.length).toBeGreaterThan(WAITING - 10)
  for (const turn of [0, 100, WAITING / 2, priorities.length - 1]) {
    const count = () => jobsAhead(priorities[turn])
    expect(await count()).toBe(turn)
    for (const { plan } of await plansOf(count)) expect(plan).toMatch(INDEX_ONLY)
  }
  const many = Array.from({ length: 500 }, (_, index) => index * 19)
  const count = () => jobsAheadOfEach(many.map((turn) => priorities[turn]))
  const ahead = await count()
  expect(many.map((turn) => ahead.get(priorities[turn]))).toEqual(many)
  for (const { plan } of await plansOf(count)) expect(plan).toMatch(INDEX_ONLY)
})

it('reads who waits for whom from one engine to the next', async () => {
  const [{ plan }] = await plansOf(() => readRivals())
  expect(plan).toMatch(/Limit\n +-> +Index (Only )?Scan using "RenderJob_waiting_engine_idx"/)
  expect(plan).not.toMatch(/Seq Scan on "RenderJob"/)
})

it.each(['fifo', 'fair'] as const)(
  '%s: to move or cancel a job nobody reads the whole line, or under fair once for each change of tags',
  async (policy) => {
    const admin = await createUser('admin')
    await setPolicy(policy, admin.id)
    await vacuum()
    const jobs = await db().renderJob.findMany({
      where: { state: 'queued' },
      orderBy: { priority: 'desc' },
      take: 300,
    })
    const plans = await plansOf(async () => {
      expect(await moveJob(jobs[200].id, admin, { after: jobs[100].id })).toBe('moved')
      expect(await moveJob(jobs[201].id, admin, { front: true })).toBe('moved')
      expect(await moveJob(jobs[202].id, admin, { band: 'low' })).toBe('moved')
      expect(await cancelJob(jobs[203].id, admin)).toBe('cancelled')
    })
    expect(plans.length).toBeGreaterThan(40)
    const reading = plans.filter(({ plan }) => /Seq Scan on ("RenderJob"|job)/.test(plan))
    if (policy === 'fifo') expect(reading).toEqual([])
    else for (const { query } of reading) expect(query).toMatch(/AS (misplaced|behind)\b/)
    // Two moves and a cancel each take a job out of its owner's share; one job arrives in another band.
    expect(reading.length).toBeLessThanOrEqual(5)
  },
)
