import { applyMigrations } from '#bin/postgres/migrate'
import { startThrowAwayPostgres } from '#bin/postgres/throw-away'
import { AUDIT_ACTIONS } from '#core/audit/actions'
import { type AuditFilter, listAudit } from '#core/audit/data'
import { writeAudit } from '#core/audit/mutations'
import { closeDb, db } from '#core/db'
import { median } from '#core/forecast/normal'
import { newId } from '#core/ids'
import { atMost, type Check, told } from '#tools/measure/check'

const PEOPLE = 200
const DAYS = 730
const REPETITIONS = 11

/**
 * What a page of the audit costs in a table of a million entries, or of a tenth of that, with each filter and with
 * several, from the front and from the middle. On a Postgres of its own.
 */
export async function runAuditBench({ quick = false } = {}): Promise<{ checks: Check[] }> {
  const postgres = await startThrowAwayPostgres({ killable: true })
  try {
    Object.assign(process.env, { DATABASE_URL: postgres.url, DATA_DIR: postgres.folder })
    await applyMigrations(postgres.url)
    const rows = quick ? 100_000 : 1_000_000
    const person = await fill(rows)
    const checks = [told('entries', rows)]
    for (const [name, filter] of Object.entries(filtersOf(person))) {
      const pages = [
        await timed(() => listAudit(filter, { limit: 51 })),
        await timed(() => listAudit(filter, { limit: 51, before: { at: middle(), id: 0n } })),
      ]
      checks.push(atMost(`a page, ${name}`, Math.max(...pages), filter.q ? 200 : 50, 'ms'))
    }
    const write = await timed(() => writeAudit(db(), { actorId: null, action: 'queue.pause' }))
    return { checks: [...checks, atMost('writing an entry', write, 20, 'ms')] }
  } finally {
    await closeDb()
    await postgres.remove()
  }
}

const middle = () => new Date(Date.now() - (DAYS / 2) * 86_400_000)
const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)

/** Common and rare values, those that exclude each other, and nothing that is there. */
function filtersOf(person: string): Record<string, Partial<AuditFilter>> {
  return {
    'no filter': {},
    'of one person': { who: person },
    'of one action': { action: 'job.front' },
    'of a rare action': { action: 'user.delete' },
    'of one kind of thing': { on: 'job' },
    'about one thing': { about: newId() },
    'of one owner': { whose: person },
    'of one person and action': { who: person, action: 'job.cancel' },
    'of a week a year ago': { since: day(372), until: day(365) },
    'of a week, person and action': { since: day(372), until: day(365), who: person, action: 'job.cancel' },
    'with a common word': { q: 'person' },
    'with one name': { q: 'person 117' },
    'with the name of one video': { q: 'video 4711' },
    'with a word that is not there': { q: 'nowhere' },
    'with a common word and a rare action': { q: 'person', action: 'user.delete' },
  }
}

/** Entries of two years by some hundred people, about each other's jobs mostly. Returns the id of one of them. */
async function fill(rows: number): Promise<string> {
  const people = Array.from({ length: PEOPLE }, newId)
  const actions = Object.keys(AUDIT_ACTIONS).filter((action) => action !== 'user.delete')
  const subjects = Object.fromEntries(
    Object.entries(AUDIT_ACTIONS).map(([name, { subject }]) => [name, subject]),
  )
  await db().$executeRaw`
    INSERT INTO "AuditEntry" (at, "actorId", "actorName", "actorRole", action, subject, "subjectId", "subjectName",
      "ownerId", "ownerName", "to", address, browser)
    SELECT now() - make_interval(secs => (${rows}::int - n) * ${(DAYS * 86_400) / rows}::float8), people[1 + n % ${PEOPLE}],
      'Person ' || n % ${PEOPLE}, 'operator', action, subjects ->> action, gen_random_uuid(), 'Video ' || n % 50000,
      people[1 + n * 7 % ${PEOPLE}], 'Person ' || n * 7 % ${PEOPLE}, '{"band": "high"}', '192.0.2.' || n % 250, 'Firefox'
    FROM (
      SELECT n, CASE WHEN n % 20000 = 0 THEN 'user.delete' ELSE actions[1 + n * 31 % array_length(actions, 1)] END AS action,
        people, subjects
      FROM generate_series(1, ${rows}::int) n,
        (SELECT ${people}::uuid[] AS people, ${actions}::text[] AS actions, ${JSON.stringify(subjects)}::jsonb AS subjects) given
    ) made`
  await db().$executeRaw`ANALYZE "AuditEntry"`
  return people[42]
}

/** The median in milliseconds, after one to warm up. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  await work()
  const times: number[] = []
  while (times.length < REPETITIONS) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return median(times)
}
