import { z } from 'zod'
import { db } from '#core/db'
import { positive, readEnvironment } from '#core/env'

/** As the migration's `remove_old_audit` has it. */
const MIN_DAYS = 90
const settings = z.object({
  /** An entry of the audit is kept for so many days. */
  AUDIT_DAYS: positive(730).refine((days) => days > MIN_DAYS, `must be more than ${MIN_DAYS}`),
})

/** Removes entries older than AUDIT_DAYS, and says how many. */
export async function removeOldAudit(): Promise<number> {
  const { AUDIT_DAYS } = readEnvironment(settings)
  const [{ removed }] = await db().$queryRaw<{ removed: bigint }[]>`
    SELECT remove_old_audit(now() - make_interval(hours => ${Math.floor(AUDIT_DAYS * 24)}::int)) AS removed`
  return Number(removed)
}
