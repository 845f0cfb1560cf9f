import type { Tx } from '#core/db'
import { remerge, type Share, type Tagged } from '#core/queue/fair'
import { type Band, fromPriority, TICKETS, toPriority } from '#core/queue/ordering'
import { type Replaced, writePlaces } from '#core/queue/places'

/*
 * Policy fair: the clocks, and the start tags of the jobs that wait. For callers who hold the line 'exclusive',
 * except for `advance`. A job has a start tag exactly while it counts in its owner's share: from its arrival
 * under this policy until it ends, unless an admin moves it or the policy changes.
 */

/** What counts of a job in its owner's share. */
export interface Counted {
  ownerId: string
  band: Band
  startTag: number | null
  costSeconds: number
}

/** What the next job of a user in a band starts from. */
export async function readShare(tx: Tx, userId: string, band: Band): Promise<Share> {
  const [share] = await tx.$queryRaw<Share[]>`
    SELECT clock."virtualTime", coalesce(own.finish, 0) AS finish, "User".weight
    FROM "User" CROSS JOIN "BandClock" AS clock
    LEFT JOIN "UserClock" AS own ON own."userId" = "User".id AND own.band = clock.band
    WHERE "User".id = ${userId}::uuid AND clock.band = ${band}::"Band"`
  return share
}

/** Notes where a user's last job in a band ends. */
export async function writeFinish(tx: Tx, userId: string, band: Band, finish: number): Promise<void> {
  const key = { userId, band }
  await tx.userClock.upsert({
    where: { userId_band: key },
    create: { ...key, finish },
    update: { finish },
  })
}

/** A slot takes this job: its band's virtual time moves on to its start tag. */
export async function advance(tx: Tx, { band, startTag }: Counted): Promise<void> {
  if (startTag === null) return
  await tx.bandClock.updateMany({
    where: { band, virtualTime: { lt: startTag } },
    data: { virtualTime: startTag },
  })
}

/** Sets all clocks back to 0 when nothing waits and nothing runs: nobody is owed anything then. */
export async function resetIfIdle(tx: Tx): Promise<void> {
  const [{ busy }] = await tx.$queryRaw<{ busy: boolean }[]>`
    SELECT EXISTS (SELECT FROM "RenderJob" WHERE state = 'queued')
      OR EXISTS (SELECT FROM "RenderJob" WHERE state = 'running') AS busy`
  if (busy) return
  await tx.userClock.deleteMany()
  await tx.bandClock.updateMany({ data: { virtualTime: 0 } })
}

/**
 * Jobs of one user and band leave their share without being rendered: the user's later ones move up by what
 * these would have taken, though not to before the band's virtual time.
 */
export async function refund(tx: Tx, jobs: readonly Counted[]): Promise<void> {
  const counted = jobs.filter((job) => job.startTag !== null)
  if (counted.length === 0) return
  const [{ ownerId, band }] = counted
  const { virtualTime, finish, weight } = await readShare(tx, ownerId, band)
  const tags = counted.map((job) => job.startTag!)
  const shares = counted.map((job) => job.costSeconds / weight)
  const changed = await tx.$queryRaw<(Changed & { costSeconds: number })[]>`
    WITH moved AS (
      SELECT job.id, job."startTag" AS before, greatest(
        least(job."startTag", ${virtualTime}::float8), job."startTag" - sum(gone.share), min(gone.tag)) AS tag
      FROM "RenderJob" AS job
      JOIN unnest(${tags}::float8[], ${shares}::float8[]) AS gone (tag, share) ON job."startTag" > gone.tag
      WHERE job."ownerId" = ${ownerId}::uuid AND job.band = ${band}::"Band" AND job.state = 'queued'
      GROUP BY job.id
    )
    UPDATE "RenderJob" AS job SET "startTag" = moved.tag FROM moved WHERE job.id = moved.id
    RETURNING job.id::text, moved.before, moved.tag, job."costSeconds"`
  const ends = changed.map((job) => job.tag + job.costSeconds / weight)
  const owed = finish - shares.reduce((sum, share) => sum + share, 0)
  await writeFinish(
    tx,
    ownerId,
    band,
    ends.reduce((most, end) => Math.max(most, end), owed),
  )
  await settle(tx, band, changed)
}

/** A job took other than predicted: what its owner has waiting in that band moves by the difference. */
export async function correct(tx: Tx, job: Counted & { renderSeconds: number | null }): Promise<void> {
  if (job.startTag === null || job.renderSeconds === null) return
  const { ownerId, band } = job
  const { finish, weight } = await readShare(tx, ownerId, band)
  const delta = (job.renderSeconds - job.costSeconds) / weight
  const changed = await tx.$queryRaw<Changed[]>`
    UPDATE "RenderJob" SET "startTag" = "startTag" + ${delta}::float8
    WHERE "ownerId" = ${ownerId}::uuid AND band = ${band}::"Band" AND state = 'queued' AND "startTag" IS NOT NULL
    RETURNING id::text, "startTag" - ${delta}::float8 AS before, "startTag" AS tag`
  await writeFinish(tx, ownerId, band, finish + delta)
  await settle(tx, band, changed)
}

/** A user's weight went from `old` to `weight`: their lines are stretched or drawn together from where they begin. */
export async function reweigh(tx: Tx, userId: string, old: number, weight: number): Promise<void> {
  for (const { band, finish } of await tx.userClock.findMany({ where: { userId } })) {
    const waiting = { ownerId: userId, band, state: 'queued' } as const
    const first = await tx.renderJob.aggregate({ where: waiting, _min: { startTag: true } })
    const { virtualTime } = await readShare(tx, userId, band)
    const start = first._min.startTag ?? Math.min(virtualTime, finish)
    const changed = await tx.$queryRaw<Changed[]>`
      WITH moved AS (
        SELECT id, "startTag" AS before, ${start}::float8 + ("startTag" - ${start}::float8) * ${old / weight}::float8 AS tag
        FROM "RenderJob"
        WHERE "ownerId" = ${userId}::uuid AND band = ${band}::"Band" AND state = 'queued' AND "startTag" IS NOT NULL
      )
      UPDATE "RenderJob" AS job SET "startTag" = moved.tag FROM moved WHERE job.id = moved.id
      RETURNING job.id::text, moved.before, moved.tag`
    await writeFinish(tx, userId, band, start + ((finish - start) * old) / weight)
    await settle(tx, band, changed)
  }
}

interface Changed {
  id: string
  before: number
  tag: number
}

/** Puts jobs whose start tags have changed where these belong. */
async function settle(tx: Tx, band: Band, changed: readonly Changed[]): Promise<void> {
  if (changed.length === 0) return
  const lowest = changed.reduce(
    (least, job) => Math.min(least, job.before, job.tag),
    Number.POSITIVE_INFINITY,
  )
  await mergeIn(tx, band, lowest, new Set(changed.map((job) => job.id)), [])
}

/**
 * Puts waiting jobs where their new start tags belong, and finds tickets for newcomers with these ascending
 * ones, moving whatever stands in the way. `lowest` is the least tag that any of them has or had.
 */
export async function mergeIn(
  tx: Tx,
  band: Band,
  lowest: number,
  retagged: ReadonlySet<string>,
  newcomers: readonly number[],
): Promise<number[]> {
  for (const from of [lowest, Number.NEGATIVE_INFINITY]) {
    const { rows, after } = await lineFrom(tx, band, from)
    const line: Tagged[] = [
      ...rows.map(({ id, tag, priority }) => ({
        ticket: fromPriority(priority).ticket,
        tag,
        retagged: retagged.has(id),
      })),
      ...newcomers.map((tag) => ({ ticket: Number.NaN, tag, retagged: true })),
    ]
    const tickets = remerge(line, { after, before: TICKETS })
    if (!tickets) continue
    const moved = [...tickets].filter(([index]) => index < rows.length)
    await writePlaces(
      tx,
      moved.map(([index, ticket]) => ({ ...rows[index], priority: toPriority({ band, ticket }) })),
    )
    return newcomers.map((_tag, index) => tickets.get(rows.length + index)!)
  }
  throw new Error(`band ${band} has no room left`)
}

/** A band's waiting jobs, in order, from the first whose start tag is at least this one; and the ticket before them. */
async function lineFrom(tx: Tx, band: Band, tag: number) {
  const [front, back] = [toPriority({ band, ticket: 0 }), toPriority({ band, ticket: TICKETS - 1 })]
  const [first] = await tx.$queryRaw<{ priority: number | null; ahead: number | null }[]>`
    WITH first AS (
      SELECT max(priority) AS priority FROM "RenderJob"
      WHERE state = 'queued' AND band = ${band}::"Band" AND "startTag" >= ${tag}::float8
    )
    SELECT first.priority, (
      SELECT min(priority) FROM "RenderJob"
      WHERE state = 'queued' AND priority > coalesce(first.priority, ${back}::int8 - 1) AND priority <= ${front}
    ) AS ahead FROM first`
  const rows = await tx.$queryRaw<(Replaced & { tag: number | null })[]>`
    SELECT id::text, "bossJobId"::text, priority, "startTag" AS tag FROM "RenderJob"
    WHERE state = 'queued' AND priority <= ${first.priority ?? back - 1}::int8 AND priority >= ${back}
    ORDER BY priority DESC`
  return { rows, after: first.ahead === null ? -1 : fromPriority(first.ahead).ticket }
}
