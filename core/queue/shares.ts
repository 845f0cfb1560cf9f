import type { Tx } from '#core/db'
import type { Share } from '#core/queue/fair'
import { type Retagged, settle } from '#core/queue/merge'
import type { Band } from '#core/queue/ordering'

/*
 * Policy fair: the clocks, and how the start tags of waiting jobs change. For callers who hold the line 'exclusive',
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
  const changed = await tx.$queryRaw<(Retagged & { costSeconds: number })[]>`
    SELECT job.id::text, job."bossJobId"::text, job.priority, job."costSeconds", job."startTag" AS before,
      greatest(least(job."startTag", ${virtualTime}::float8), job."startTag" - sum(gone.share), min(gone.tag)) AS tag
    FROM "RenderJob" AS job
    JOIN unnest(${tags}::float8[], ${shares}::float8[]) AS gone (tag, share) ON job."startTag" > gone.tag
    WHERE job."ownerId" = ${ownerId}::uuid AND job.band = ${band}::"Band" AND job.state = 'queued'
    GROUP BY job.id`
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

/** With more jobs waiting than this a user's corrections are counted once they make up a job. */
const LONG = 200

/**
 * A job took other than predicted: what its owner has waiting in that band moves by the difference. That touches
 * each of these jobs, so for long lines small differences are saved up until they are as long as the job.
 */
export async function correct(tx: Tx, job: Counted & { renderSeconds: number | null }): Promise<void> {
  if (job.startTag === null || job.renderSeconds === null) return
  const { ownerId, band } = job
  const waiting = { ownerId, band, state: 'queued', startTag: { not: null } } as const
  const where = { userId: ownerId, band }
  const clock = await tx.userClock.findUnique({ where: { userId_band: where } })
  const owed = (clock?.owed ?? 0) + job.renderSeconds - job.costSeconds
  if (Math.abs(owed) < job.costSeconds && (await tx.renderJob.count({ where: waiting })) > LONG) {
    await tx.userClock.updateMany({ where, data: { owed } })
    return
  }
  const { finish, weight } = await readShare(tx, ownerId, band)
  const delta = owed / weight
  const changed = await tx.$queryRaw<Retagged[]>`
    SELECT id::text, "bossJobId"::text, priority, "startTag" AS before, "startTag" + ${delta}::float8 AS tag
    FROM "RenderJob"
    WHERE "ownerId" = ${ownerId}::uuid AND band = ${band}::"Band" AND state = 'queued' AND "startTag" IS NOT NULL`
  await writeFinish(tx, ownerId, band, finish + delta)
  await tx.userClock.updateMany({ where, data: { owed: 0 } })
  await settle(tx, band, changed)
}

/** A user's weight went from `old` to `weight`: their lines are stretched or drawn together from where they begin. */
export async function reweigh(tx: Tx, userId: string, old: number, weight: number): Promise<void> {
  for (const { band, finish } of await tx.userClock.findMany({ where: { userId } })) {
    const waiting = { ownerId: userId, band, state: 'queued' } as const
    const first = await tx.renderJob.aggregate({ where: waiting, _min: { startTag: true } })
    const { virtualTime } = await readShare(tx, userId, band)
    const start = first._min.startTag ?? Math.min(virtualTime, finish)
    const changed = await tx.$queryRaw<Retagged[]>`
      SELECT id::text, "bossJobId"::text, priority, "startTag" AS before,
        ${start}::float8 + ("startTag" - ${start}::float8) * ${old / weight}::float8 AS tag
      FROM "RenderJob"
      WHERE "ownerId" = ${userId}::uuid AND band = ${band}::"Band" AND state = 'queued' AND "startTag" IS NOT NULL`
    await writeFinish(tx, userId, band, start + ((finish - start) * old) / weight)
    await settle(tx, band, changed)
  }
}
