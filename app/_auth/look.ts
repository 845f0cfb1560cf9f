import { headers } from 'next/headers'
import { askedByPage } from '#app/_server/asking'
import { type Look, writeLook } from '#core/audit/mutations'
import { atLeast, type Viewer } from '#core/viewer/viewer'

/**
 * Writes down that an operator or an admin looks at a thing that may be another's. Members see none of those, and a
 * page that a browser fetches in advance is seen by nobody yet.
 */
export async function noteLook(viewer: Viewer, action: Look, id: string): Promise<void> {
  if (!atLeast(viewer.role, 'operator') || (await headers()).has('next-router-prefetch')) return
  await askedByPage(() => writeLook(viewer.id, action, id))
}
