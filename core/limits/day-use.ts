import { db, type Tx } from '#core/db'

/*
 * The GPU time that users' renders took, by the day of UTC. It is counted when a run ends, apart from the job, so
 * that it stays counted when the job is resubmitted or removed. limits.ts reads it.
 */

/** One run of a job on a slot: from its claim until it ends or goes back to the line. */
interface Run {
  ownerId: string
  startedAt: Date | null
}

/**
 * Counts a run that ends now, each day's part of it for that day. It must be the last write of the transaction that
 * ends the run: when several runs of a user end at once, they wait for each other at the row of the day.
 */
export async function countRun(tx: Tx, { ownerId, startedAt }: Run, endedAt: Date): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "DayUse" ("userId", day, "gpuSeconds")
    SELECT ${ownerId}::uuid, day::date, extract(epoch FROM least(run.ended, day + interval '1 day') - greatest(run.started, day))
    FROM (
      SELECT ${startedAt}::timestamptz AT TIME ZONE 'UTC' AS started, ${endedAt}::timestamptz AT TIME ZONE 'UTC' AS ended
    ) AS run
    CROSS JOIN generate_series(date_trunc('day', run.started), run.ended, interval '1 day') AS day
    WHERE run.ended > greatest(run.started, day)
    ORDER BY day
    ON CONFLICT ("userId", day) DO UPDATE SET "gpuSeconds" = "DayUse"."gpuSeconds" + excluded."gpuSeconds"`
}

/** Forgets the days that no limit asks for any more; those of the last weeks stay, so that people can look them up. */
export async function forgetOldUse(): Promise<void> {
  await db()
    .$executeRaw`DELETE FROM "DayUse" WHERE day < (now() AT TIME ZONE 'UTC')::date - ${KEPT_DAYS}::int`
}

const KEPT_DAYS = 35

/** When the GPU time of a day is given out anew: midnight UTC. */
export const nextDay = (now: Date): Date =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1))
