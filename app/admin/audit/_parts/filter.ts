import { firstOf } from '#app/_components/search-param'
import { type AuditCursor, type AuditFilter, auditCursor, auditFilter } from '#core/audit/data'

const FIELDS = auditFilter.omit({ zone: true }).shape
export type Filter = Omit<AuditFilter, 'zone'>
type Query = Record<string, string | string[] | undefined>

/** The filter of an address; what it does not know is left out. */
export function filterOf(query: Query): Filter {
  const known = Object.entries(FIELDS).map(([name, field]) => [
    name,
    field.safeParse(firstOf(query[name])?.trim() || undefined).data,
  ])
  return Object.fromEntries(known.filter(([, value]) => value !== undefined))
}

/** The page of an address; the first one where it names none. */
export const cursorIn = (query: Query): AuditCursor | undefined =>
  auditCursor.optional().safeParse(firstOf(query.before)).data
