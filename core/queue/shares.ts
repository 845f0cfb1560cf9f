import type { Tx } from '#core/db'
import type { Share } from '#core/queue/fair'
import type { LockedTx } from '#core/queue/line'
import { type Retagged, settle } from '#core/queue/merge'
import { type Band, HIGHEST } from '#core/queue/ordering'

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

/** A user's clock in a band. */
interface Clock extends Share {
  /** GPU seconds that ended jobs took beyond their prediction, not yet counted. */
  owed: number
  /** Virtual time that waiting jobs could still move up by: see `refund`. */
  slack: number
}

/** What the next job of a user in a band starts from. */
export async function readShare(tx: Tx, userId: string, band: Band): Promise<Clock> {
  const [clock] = await tx.$queryRaw<Clock[]>`
    SELECT clock."virtualTime", coalesce(own.finish, 0) AS finish, coalesce(own.owed, 0) AS owed,
      coalesce(own.slack, 0) AS slack, "User".weight
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

/** A slot takes this job: its band's virtual time moves on to its start tag. */
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

/** Waiting jobs that move up at once when others leave. */
const REACH = 100

/**
 * Jobs of one user and band leave their share without being rendered: the user's later ones move up by what
 * these would have taken, though not to before the band's virtual time. Only the next few do so at once; what the
 * others could move up by is their slack, and `tighten` passes it on long before their turn comes.
 */
export async function refund(tx: LockedTx<'exclusive'>, jobs: readonly Counted[]): Promise<void> {
  const gone = jobs.filter((job) => job.startTag !== null).sort((a, b) => a.startTag! - b.startTag!)
  if (gone.length === 0) return
  const [{ ownerId, band, startTag: first }] = gone
  const { virtualTime, finish, weight, slack } = await readShare(tx, ownerId, band)
  const later = await waitingBehind(tx, gone[0])
  let [freed, next] = [0, 0]
  const changed = later.slice(0, REACH).map((job) => {
    for (; next < gone.length && gone[next].startTag! < job.before; next++) freed += gone[next].costSeconds
    return { ...job, tag: Math.max(Math.min(job.before, virtualTime), job.before - freed / weight, first!) }
  })
  await settle(tx, band, changed)
  const share = gone.reduce((sum, job) => sum + job.costSeconds, 0) / weight
  if (later.length > REACH) {
    await tx.userClock.updateMany({ where: { userId: ownerId, band }, data: { slack: { increment: share } } })
    return
  }
  await writeFinish(tx, ownerId, band, lastEnd(changed, weight, finish - share))
  if (slack > 0) await tighten(tx, ownerId, band)
}

/** A rounding error is no slack. */
const MIN_SLACK = 1e-6

/** Passes the slack among a user's first waiting jobs of a band on to those behind them; at the end it is gone. */
async function tighten(tx: LockedTx<'exclusive'>, ownerId: string, band: Band): Promise<void> {
  const { virtualTime, finish, weight, slack } = await readShare(tx, ownerId, band)
  if (slack <= 0) return
  const waiting = await waitingBehind(tx, { ownerId, band })
  let up = 0
  const changed = waiting.slice(0, REACH).map((job, index, all) => {
    const before = index > 0 ? all[index - 1] : null
    const gap = before ? job.before - before.before - before.costSeconds / weight : 0
    if (gap > MIN_SLACK) up = Math.min(slack, up + gap)
    return { ...job, tag: Math.max(Math.min(job.before, virtualTime), job.before - up) }
  })
  await settle(tx, band, changed)
  if (waiting.length > REACH) return
  await writeFinish(tx, ownerId, band, lastEnd(changed, weight, finish - slack))
  await tx.userClock.updateMany({ where: { userId: ownerId, band }, data: { slack: 0 } })
}

const lastEnd = (jobs: readonly Waiting[], weight: number, atLeast: number): number =>
  jobs.reduce((most, job) => Math.max(most, job.tag + job.costSeconds / weight), atLeast)

type Waiting = Retagged & { costSeconds: number }

/** A user's waiting jobs of a band that count, the first of them, or of those behind a job; one more than REACH. */
function waitingBehind(
  tx: LockedTx<'exclusive'>,
  {
    ownerId,
    band,
    priority = HIGHEST + 1,
    startTag = null,
  }: Pick<Counted, 'ownerId' | 'band'> & Partial<Counted>,
): Promise<Waiting[]> {
  return tx.$queryRaw<Waiting[]>`
    SELECT id::text, "bossJobId"::text, priority, "costSeconds", "startTag" AS before, "startTag" AS tag
    FROM "RenderJob"
    WHERE "ownerId" = ${ownerId}::uuid AND state = 'queued' AND band = ${band}::"Band" AND priority < ${priority}::int8
      AND "startTag" > ${startTag ?? -Number.MAX_VALUE}::float8
    ORDER BY priority DESC LIMIT ${REACH + 1}`
}

/** With more jobs waiting than this a user's corrections are counted once they make up a job. */
const LONG = 200

/**
 * A job took other than predicted: what its owner has waiting in that band moves by the difference. That touches
 * each of these jobs, so for long lines small differences are saved up until they are as long as the job.
 */
export async function correct(
  tx: LockedTx<'exclusive'>,
  job: Counted & { renderSeconds: number | null },
): Promise<void> {
  if (job.startTag === null || job.renderSeconds === null) return
  const { ownerId, band } = job
  await tighten(tx, ownerId, band)
  const waiting = { ownerId, band, state: 'queued', startTag: { not: null } } as const
  const where = { userId: ownerId, band }
  const share = await readShare(tx, ownerId, band)
  const owed = share.owed + job.renderSeconds - job.costSeconds
  if (Math.abs(owed) < job.costSeconds && (await tx.renderJob.count({ where: waiting })) > LONG) {
    await tx.userClock.updateMany({ where, data: { owed } })
    return
  }
  const delta = owed / share.weight
  const changed = await tx.$queryRaw<Retagged[]>`
    SELECT id::text, "bossJobId"::text, priority, "startTag" AS before, "startTag" + ${delta}::float8 AS tag
    FROM "RenderJob"
    WHERE "ownerId" = ${ownerId}::uuid AND band = ${band}::"Band" AND state = 'queued' AND "startTag" IS NOT NULL`
  await writeFinish(tx, ownerId, band, share.finish + delta)
  await tx.userClock.updateMany({ where, data: { owed: 0 } })
  await settle(tx, band, changed)
}

/** A user's weight went from `old` to `weight`: their lines are stretched or drawn together from where they begin. */
export async function reweigh(
  tx: LockedTx<'exclusive'>,
  userId: string,
  old: number,
  weight: number,
): Promise<void> {
  for (const { band, finish, slack } of await tx.userClock.findMany({ where: { userId } })) {
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
    await tx.userClock.updateMany({ where: { userId, band }, data: { slack: (slack * old) / weight } })
    await settle(tx, band, changed)
  }
}
