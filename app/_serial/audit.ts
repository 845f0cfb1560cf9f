import type { AuditEntry } from '#core/audit/data'

/** An entry as the API tells it. */
export const auditJson = (entry: AuditEntry) => ({
  ...entry,
  id: String(entry.id),
  at: entry.at.toISOString(),
})

/** The columns of an export, in order. */
export const AUDIT_COLUMNS = [
  ...([
    'id',
    'at',
    'actorId',
    'actorName',
    'actorRole',
    'action',
    'subject',
    'subjectId',
    'subjectName',
  ] as const),
  ...(['ownerId', 'ownerName', 'from', 'to', 'reason', 'address', 'browser'] as const),
]

/** An entry's cells; what was before and after is JSON. */
export function auditCells(entry: AuditEntry): (string | null)[] {
  const told = auditJson(entry)
  return AUDIT_COLUMNS.map((column) => {
    const value = told[column]
    return value === null || typeof value === 'string' ? value : JSON.stringify(value)
  })
}
