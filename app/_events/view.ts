import { assertNever } from '#core/errors'
import type { QueueEvent } from '#core/events/events'
import { atLeast, type Viewer } from '#core/viewer/viewer'
import type { PageEvent } from './page-event.ts'

/** An event for one page, and which earlier one it replaces. */
export interface Addressed {
  /** Two events with the same key that wait to be sent become one. */
  coalesceKey: string
  event: PageEvent
}

/** What of an event the viewer may hear, or null. */
export function viewOf(event: QueueEvent, viewer: Viewer): Addressed | null {
  const admin = atLeast(viewer.role, 'operator')
  switch (event.kind) {
    case 'changed': {
      const { ownerId, ...ids } = event
      return { coalesceKey: 'changed', event: admin || ownerId === viewer.id ? ids : { kind: 'changed' } }
    }
    case 'progress': {
      const { ownerId, ...progress } = event
      const { device, stage, fraction, fps } = event
      const visible = admin || ownerId === viewer.id
      return {
        coalesceKey: `progress ${event.jobId}`,
        event: visible ? progress : { kind: 'teamProgress', device, stage, fraction, fps },
      }
    }
    case 'log':
      return admin || event.ownerId === viewer.id
        ? { coalesceKey: `log ${event.jobId}`, event: { kind: 'log', jobId: event.jobId } }
        : null
    case 'asset':
      return admin || event.ownerId === viewer.id
        ? { coalesceKey: `asset ${event.assetId}`, event: { kind: 'asset', assetId: event.assetId } }
        : null
    case 'user':
      return admin || event.userId === viewer.id ? { coalesceKey: `user ${event.userId}`, event } : null
    case 'control':
      return { coalesceKey: 'control', event }
    case 'cancel':
      return null
    default:
      return assertNever(event)
  }
}

/** Two events with the same key as one: the later; of two changes, the ids that they have in common. */
export function merge(earlier: PageEvent | undefined, later: PageEvent): PageEvent {
  if (earlier?.kind !== 'changed' || later.kind !== 'changed') return later
  return {
    kind: 'changed',
    batchId: earlier.batchId === later.batchId ? later.batchId : undefined,
    jobId: earlier.jobId === later.jobId ? later.jobId : undefined,
  }
}
