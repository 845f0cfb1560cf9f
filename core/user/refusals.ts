import { whereAsked } from '#core/audit/asking'
import { writeAudit } from '#core/audit/mutations'
import { db } from '#core/db'
import { countRefusal } from '#core/user/attempts'

const MAX_PATH_LENGTH = 200

export interface Refusal {
  /** Null where nobody is signed in. */
  userId: string | null
  method: string
  /** Without its query, which may hold what is secret. */
  path: string
  /** The code of the answer. */
  code: string
}

/** Writes down that somebody was refused something; not more of them than anybody would read. */
export async function noteRefusal({ userId, method, path, code }: Refusal): Promise<void> {
  const counted = await countRefusal(code, { userId, address: whereAsked()?.address ?? 'unknown' })
  if (counted === 'no') return
  await writeAudit(db(), {
    ...{ actorId: userId, action: 'access.refused', subjectName: path.slice(0, MAX_PATH_LENGTH) },
    to: { method, code, more: counted === 'last' || undefined },
  })
}
