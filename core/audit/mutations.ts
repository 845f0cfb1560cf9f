import type { z } from 'zod'
import { AUDIT_ACTIONS, type AuditAction } from '#core/audit/actions'
import { whereAsked } from '#core/audit/asking'
import { db, type Tx } from '#core/db'

const MAX_BROWSER_LENGTH = 300

type Table = typeof AUDIT_ACTIONS
type Kept<Name extends 'from' | 'to', Schema> = Schema extends z.ZodType
  ? Record<Name, z.input<Schema>>
  : { [key in Name]?: undefined }

/** What is written down of an action: its values are those that the table of actions asks for. */
export type AuditNote = {
  [Action in AuditAction]: {
    /** Null for the portal itself, and for somebody who is not signed in. */
    actorId: string | null
    action: Action
    subjectId?: string
    /** Where the subject has no row with a name, or none any more. */
    subjectName?: string
    /** Why, where the actor says. */
    reason?: string
  } & Kept<'from', Table[Action]['from']> &
    Kept<'to', Table[Action]['to']>
}[AuditAction]

/**
 * Writes who did what, on what and from where, in the transaction that does it. The names of the actor, of the
 * subject and of its owner are read from their rows, so that the entry tells them when those are gone.
 */
export async function writeAudit(tx: Tx, ...notes: AuditNote[]): Promise<void> {
  if (notes.length > 0) await insert(tx, notes, false)
}

export type Look = 'batch.view' | 'job.view' | 'job.download' | 'file.view'

/**
 * Writes that somebody looked at what is another's; nothing where it is their own. Of looks that follow each other
 * within an hour the first one is enough: a player asks for a video in many pieces.
 */
export async function writeLook(actorId: string, action: Look, subjectId: string): Promise<void> {
  await insert(db(), [{ actorId, action, subjectId }], true)
}

/** Writes that somebody took the entries that match as a file. */
export const writeExport = (actorId: string, filters: string): Promise<void> =>
  insert(db(), [{ actorId, action: 'audit.export', to: { filters } }], false)

async function insert(tx: Tx, notes: AuditNote[], isLook: boolean): Promise<void> {
  const rows = notes.map((note) => ({ ...note, subject: AUDIT_ACTIONS[note.action].subject }))
  const from = whereAsked()
  await tx.$executeRaw`
    INSERT INTO "AuditEntry" ("actorId", "actorName", "actorRole", action, subject, "subjectId", "subjectName",
      "ownerId", "ownerName", "from", "to", reason, address, browser)
    SELECT note."actorId", actor.name, actor.role, note.action, note.subject, note."subjectId",
      coalesce(note."subjectName", named.name), owner.id, owner.name, note."from", note."to", note.reason,
      ${from?.address ?? null}, ${from?.browser?.slice(0, MAX_BROWSER_LENGTH) ?? null}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS note("actorId" uuid, action text, subject text,
      "subjectId" text, "subjectName" text, "from" jsonb, "to" jsonb, reason text)
    LEFT JOIN "User" actor ON actor.id = note."actorId"
    LEFT JOIN LATERAL (
      SELECT asset.name, job."ownerId" FROM "RenderJob" job JOIN "Asset" asset ON asset.id = job."presenterId"
      WHERE job.id = CASE note.subject WHEN 'job' THEN note."subjectId"::uuid END
      UNION ALL SELECT name, "ownerId" FROM "Batch"
      WHERE id = CASE note.subject WHEN 'batch' THEN note."subjectId"::uuid END
      UNION ALL SELECT name, "ownerId" FROM "Asset"
      WHERE id = CASE note.subject WHEN 'file' THEN note."subjectId"::uuid END
      UNION ALL SELECT name, id FROM "User"
      WHERE id = CASE note.subject WHEN 'user' THEN note."subjectId"::uuid END
      UNION ALL SELECT coalesce(name, email), NULL FROM "Invitation"
      WHERE id = CASE note.subject WHEN 'invitation' THEN note."subjectId"::uuid END
      UNION ALL SELECT concat(host, ' ', device), NULL FROM "Worker"
      WHERE id = CASE note.subject WHEN 'worker' THEN note."subjectId"::uuid END
    ) named ON true
    LEFT JOIN "User" owner ON owner.id = named."ownerId"
    WHERE NOT ${isLook} OR owner.id <> note."actorId" AND NOT EXISTS (
      SELECT FROM "AuditEntry" earlier
      WHERE earlier."subjectId" = note."subjectId" AND earlier."actorId" = note."actorId"
        AND earlier.action = note.action AND earlier.at > now() - INTERVAL '1 hour')`
}
