import { z } from 'zod'
import { AUDIT_ACTIONS, type AuditAction, type AuditSubject } from '#core/audit/actions'
import { db } from '#core/db'
import { Prisma } from '#prisma/client'
import type { Role } from '#prisma/enums'

/** Which entries: each that is given narrows them down. */
export const auditFilter = z.object({
  /** Who did it. */
  who: z.uuid().optional(),
  action: z.enum(Object.keys(AUDIT_ACTIONS) as [AuditAction]).optional(),
  /** What kind of thing it was done to. */
  on: z.enum(Object.values(AUDIT_ACTIONS).map(({ subject }) => subject) as [AuditSubject]).optional(),
  /** To which thing. */
  about: z.uuid().optional(),
  /** To whose things, or to whose account. */
  whose: z.uuid().optional(),
  /** From the beginning of this day on … */
  since: z.iso.date().optional(),
  /** … to the end of this one, … */
  until: z.iso.date().optional(),
  /** … in this time zone. */
  zone: z.string().refine(isZone, 'This is no time zone.').default('UTC'),
  /** Words, or how they begin, of names, addresses and reasons. */
  q: z.string().trim().max(200).optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}

/** Where a page of entries ends: the time and the id of its last one. */
export const auditCursor = z
  .string()
  .regex(/^\d{1,16}-\d{1,18}$/)
  .transform((text) => text.split('-'))
  .transform(([at, id]) => ({ at: new Date(Number(at)), id: BigInt(id) }))
export type AuditCursor = z.infer<typeof auditCursor>

export interface AuditEntry {
  id: bigint
  at: Date
  actorId: string | null
  actorName: string | null
  actorRole: Role | null
  /** A key of AUDIT_ACTIONS; one that a later version wrote is not among them. */
  action: string
  subject: string
  subjectId: string | null
  subjectName: string | null
  ownerId: string | null
  ownerName: string | null
  from: Prisma.JsonObject | null
  to: Prisma.JsonObject | null
  reason: string | null
  address: string | null
  browser: string | null
}

export const cursorOf = ({ at, id }: Pick<AuditEntry, 'at' | 'id'>): string => `${at.getTime()}-${id}`

/**
 * Entries that match, newest first, from behind the cursor on. Every filter has an index that ends in the order of the
 * answer, so that a page costs the same wherever it is in a long table.
 */
export async function listAudit(
  filter: Partial<AuditFilter> = {},
  { limit = 50, before }: { limit?: number; before?: AuditCursor } = {},
): Promise<AuditEntry[]> {
  const words = filter.q ? await wordsOf(filter.q) : undefined
  if (words === null) return []
  const conditions = conditionsOf(filter)
  if (before) conditions.push(Prisma.sql`(at, id) < (${before.at}::timestamptz, ${before.id})`)
  if (words) conditions.push(Prisma.sql`words @@ ${words}::tsquery`)
  const where = conditions.length > 0 ? Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}` : Prisma.empty
  return db().$queryRaw<AuditEntry[]>`
    SELECT id, at, "actorId", "actorName", "actorRole"::text, action, subject, "subjectId", "subjectName", "ownerId",
      "ownerName", "from", "to", reason, address, browser
    FROM "AuditEntry" ${where} ORDER BY at DESC, id DESC LIMIT ${limit}`
}

function conditionsOf({ who, action, on, about, whose, since, until, zone = 'UTC' }: Partial<AuditFilter>) {
  const conditions: Prisma.Sql[] = []
  if (who) conditions.push(Prisma.sql`"actorId" = ${who}::uuid`)
  if (action) conditions.push(Prisma.sql`action = ${action}`)
  if (on) conditions.push(Prisma.sql`subject = ${on}`)
  if (about) conditions.push(Prisma.sql`"subjectId" = ${about}`)
  if (whose) conditions.push(Prisma.sql`"ownerId" = ${whose}::uuid`)
  if (since) conditions.push(Prisma.sql`at >= ${since}::text::timestamp AT TIME ZONE ${zone}::text`)
  if (until)
    conditions.push(
      Prisma.sql`at < (${until}::text::timestamp + INTERVAL '1 day') AT TIME ZONE ${zone}::text`,
    )
  return conditions
}

/** What the index is asked for; null where there is no word in it. Read first, so that the planner knows the words. */
async function wordsOf(q: string): Promise<string | null> {
  const [words] = await db().$queryRaw<{ query: string | null }[]>`
    SELECT string_agg(quote_literal(word) || ':*', ' & ') AS query FROM unnest(tsvector_to_array(audit_words(${q}))) word`
  return words.query
}

/** The name that the last entry about or by this person has for them; null where there is none. */
export async function auditNameOf(id: string): Promise<string | null> {
  const [about] = await listAudit({ whose: id }, { limit: 1 })
  const [by] = await listAudit({ who: id }, { limit: 1 })
  return about?.ownerName ?? by?.actorName ?? null
}
