import { performance } from 'node:perf_hooks'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { boss, closeBoss, RENDER_QUEUE } from '#core/queue/boss'
import { FIRST_TICKET, toPriority } from '#core/queue/ordering'
import { jobsAhead, jobsAheadOfEach } from '#core/queue/position'
import { PrismaClient } from '../../../prisma/generated/client.ts'
import { createTestDatabase, type TestDatabase } from '../../setup/database.ts'

const WAITING = 10_000
const ENDED = 20_000

let database: TestDatabase
const statements: { query: string; params: string }[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  const client = new PrismaClient({
    adapter: new PrismaPg({ connectionString: database.url }),
    log: [{ emit: 'event', level: 'query' }],
  })
  client.$on('query', (event) => statements.push(event))
  Object.assign(globalThis, { greenroomDb: client })
  await fill()
})
afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

/** A line of 10,000 behind a day's work that is done, as autovacuum would keep it. */
async function fill(): Promise<void> {
  const entry = (state: string, count: number) =>
    db().$executeRawUnsafe(
      `INSERT INTO pgboss.job (id, name, data, priority, state, completed_on, policy, retry_limit)
     SELECT gen_random_uuid(), '${RENDER_QUEUE}', jsonb_build_object('jobId', gen_random_uuid()),
       ${toPriority({ band: 'normal', ticket: FIRST_TICKET })} - turn, '${state}',
       CASE WHEN '${state}' = 'completed' THEN now() END, 'standard', 0
     FROM generate_series(0, ${count - 1}) AS turn ORDER BY random()`,
    )
  await entry('completed', ENDED)
  await entry('created', WAITING)
  await db().$executeRaw`VACUUM ANALYZE pgboss.job_common`
}

const priorityOf = (turn: number) => toPriority({ band: 'normal', ticket: FIRST_TICKET + turn })

async function measure(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < 15; run++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[7]
}

/** The plan of the last statement that was sent, with the values it was sent with. */
async function planOfLast(): Promise<string> {
  const { query, params } = statements.at(-1)!
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    const { rows } = await client.query(`EXPLAIN (ANALYZE, COSTS OFF) ${query}`, JSON.parse(params))
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  } finally {
    await client.end()
  }
}

it(`counts those ahead among ${WAITING} by pg-boss's own index`, async () => {
  const report: Record<string, string> = {}
  for (const turn of [0, 100, WAITING / 2, WAITING - 1]) {
    expect(await jobsAhead(priorityOf(turn))).toBe(turn)
    expect(await planOfLast()).toMatch(/Index (Only )?Scan (using|on) job_common_i11\b/)
    report[`jobsAhead, ${turn} ahead`] = `${(await measure(() => jobsAhead(priorityOf(turn)))).toFixed(1)} ms`
  }
  const many = Array.from({ length: 500 }, (_, index) => index * 20)
  const priorities = many.map(priorityOf)
  const ahead = await jobsAheadOfEach(priorities)
  expect(priorities.map((priority) => ahead.get(priority))).toEqual(many)
  expect(await planOfLast()).toMatch(/Index (Only )?Scan (using|on) job_common_i11\b/)
  report['jobsAheadOfEach, 500 of them'] =
    `${(await measure(() => jobsAheadOfEach(priorities))).toFixed(1)} ms`
  report['fetch of the head'] =
    `${(await measure(async () => (await boss()).fetch(RENDER_QUEUE))).toFixed(1)} ms`
  console.info(report)
  expect(await jobsAhead(priorityOf(WAITING))).toBe(WAITING - 15)
})
