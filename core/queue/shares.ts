import type { Tx } from '#core/db'
import type { Share } from '#core/queue/fair'
import type { LockedTx } from '#core/queue/line'
import type { Band } from '#core/queue/ordering'
import { reposition } from '#core/queue/reposition'
import { Prisma } from '#prisma/client'

/*
 * Policy fair: the clocks, and how the start tags of waiting jobs change. A job has a start tag exactly while it counts
 * in its owner's share: from its arrival under this policy until it ends, unless an admin moves it or the policy
 * changes.
 */

/** What counts of a job in its owner's share. */
export interface Counted {
  ownerId: string
  band: Band
  priority: number
  startTag: number | null
  costSeconds: number
}

/** What the next job of a user in a band starts from. */
export async function readShare(tx: Tx, userId: string, band: Band): Promise<Share> {
  const [clock] = await tx.$queryRaw<Share[]>`
    SELECT clock."virtualTime", coalesce(own.finish, 0) AS finish, "User".weight
    FROM "User" CROSS JOIN "BandClock" AS clock
    LEFT JOIN "UserClock" AS own ON own."userId" = "User".id AND own.band = clock.band
    WHERE "User".id = ${userId}::uuid AND clock.band = ${band}::"Band"`
  return clock
}

/** Notes where a user's last job in a band ends. */
export async function writeFinish(
  tx: LockedTx<'exclusive'>,
  userId: string,
  band: Band,
  finish: number,
): Promise<void> {
  const key = { userId, band }
  await tx.userClock.upsert({
    where: { userId_band: key },
    create: { ...key, finish },
    update: { finish },
  })
}

/** A slot claims this job: its band's virtual time moves on to its start tag. */
export async function advance(
  tx: LockedTx<'shared'>,
  { band, startTag }: Pick<Counted, 'band' | 'startTag'>,
): Promise<void> {
  if (startTag === null) return
  await tx.bandClock.updateMany({
    where: { band, virtualTime: { lt: startTag } },
    data: { virtualTime: startTag },
  })
}

/** Sets all clocks back to 0 when nothing waits and nothing runs: nobody is owed anything then. */
export async function resetIfIdle(tx: LockedTx<'exclusive'>): Promise<void> {
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
export async function refund(tx: LockedTx<'exclusive'>, jobs: readonly Counted[]): Promise<void> {
  const gone = jobs.filter((job) => job.startTag !== null).sort((a, b) => a.startTag! - b.startTag!)
  if (gone.length === 0) return
  const [{ ownerId, band, startTag: first }] = gone
  const { virtualTime, finish, weight } = await readShare(tx, ownerId, band)
  const seconds = gone.reduce((sum, job) => sum + job.costSeconds, 0)
  const end = await retag(
    tx,
    ownerId,
    band,
    Prisma.sql`greatest(least("startTag", ${virtualTime}::float8), ${first}::float8, "startTag" - (
      SELECT sum(seconds) FROM unnest(${gone.map((job) => job.startTag)}::float8[], ${gone.map((job) => job.costSeconds)}::float8[])
        AS gone (tag, seconds) WHERE gone.tag < "startTag") / ${weight}::float8)`,
    Prisma.sql`"startTag" > ${first}::float8`,
  )
  await writeFinish(tx, ownerId, band, Math.max(end, finish - seconds / weight))
}

/** A job took other than predicted: what its owner has waiting in that band moves by the difference. */
export async function chargeActual(
  tx: LockedTx<'exclusive'>,
  job: Counted & { renderSeconds: number | null },
): Promise<void> {
  if (job.startTag === null || job.renderSeconds === null) return
  const { ownerId, band } = job
  const { finish, weight } = await readShare(tx, ownerId, band)
  const delta = (job.renderSeconds - job.costSeconds) / weight
  await writeFinish(tx, ownerId, band, finish + delta)
  await retag(tx, ownerId, band, Prisma.sql`"startTag" + ${delta}::float8`)
}

/** A user's weight went from `old` to `weight`: their lines are stretched or drawn together from where they begin. */
export async function reweigh(
  tx: LockedTx<'exclusive'>,
  userId: string,
  old: number,
  weight: number,
): Promise<void> {
  for (const { band, finish } of await tx.userClock.findMany({ where: { userId } })) {
    const waiting = { ownerId: userId, band, state: 'queued' } as const
    const first = await tx.renderJob.aggregate({ where: waiting, _min: { startTag: true } })
    const { virtualTime } = await readShare(tx, userId, band)
    const start = first._min.startTag ?? Math.min(virtualTime, finish)
    const scale = old / weight
    await writeFinish(tx, userId, band, start + (finish - start) * scale)
    await retag(
      tx,
      userId,
      band,
      Prisma.sql`${start}::float8 + ("startTag" - ${start}::float8) * ${scale}::float8`,
    )
  }
}

/**
 * Gives a user's waiting jobs of a band new start tags in the same order, and the places that belong to these. Returns
 * where the last of them ends.
 */
async function retag(
  tx: LockedTx<'exclusive'>,
  ownerId: string,
  band: Band,
  tag: Prisma.Sql,
  which = Prisma.sql`"startTag" IS NOT NULL`,
): Promise<number> {
  const [{ end }] = await tx.$queryRaw<{ end: number | null }[]>`
    WITH retagged AS (
      UPDATE "RenderJob" SET "startTag" = ${tag}
      WHERE "ownerId" = ${ownerId}::uuid AND state = 'queued' AND band = ${band}::"Band" AND ${which}
      RETURNING "startTag" + "costSeconds" / (SELECT weight FROM "User" WHERE id = ${ownerId}::uuid) AS finish
    ) SELECT max(finish) AS end FROM retagged`
  if (end !== null) await reposition(tx, ownerId, band)
  return end ?? 0
}
