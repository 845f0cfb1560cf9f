import { assertNever } from '#core/errors'
import type { QueueEvent } from '#core/events/events'
import type { Viewer } from '#core/viewer/viewer'

/** What a browser is told. */
export type PageEvent =
  /** Look again at what you show. Without ids it was several things, or one that isn't the viewer's. */
  | { kind: 'changed'; batchId?: string; jobId?: string }
  | {
      kind: 'progress'
      batchId: string
      jobId: string
      device: string
      stage: string
      fraction: number
      framesDone: number
      frames: number | null
      fps: number | null
    }
  /** The same of somebody else's job, without saying whose. */
  | { kind: 'stage'; device: string; stage: string; fraction: number; fps: number | null }
  | { kind: 'log'; jobId: string }
  | { kind: 'control' }
  | { kind: 'user'; userId: string }

/** Where an event goes, and which earlier one it takes the place of. */
export interface Addressed {
  /** Two events with one slot that wait to be sent become one. */
  slot: string
  event: PageEvent
}

/** What of an event the viewer may hear, or null. */
export function viewOf(event: QueueEvent, viewer: Viewer): Addressed | null {
  const admin = viewer.role === 'admin'
  switch (event.kind) {
    case 'changed': {
      const { ownerId, ...ids } = event
      return { slot: 'changed', event: admin || ownerId === viewer.id ? ids : { kind: 'changed' } }
    }
    case 'progress': {
      const { ownerId, ...progress } = event
      const { device, stage, fraction, fps } = event
      const visible = admin || ownerId === viewer.id
      return {
        slot: `progress ${event.jobId}`,
        event: visible ? progress : { kind: 'stage', device, stage, fraction, fps },
      }
    }
    case 'log':
      return admin || event.ownerId === viewer.id
        ? { slot: `log ${event.jobId}`, event: { kind: 'log', jobId: event.jobId } }
        : null
    case 'user':
      return admin || event.userId === viewer.id ? { slot: `user ${event.userId}`, event } : null
    case 'control':
      return { slot: 'control', event }
    case 'cancel':
      return null
    default:
      return assertNever(event)
  }
}

/** Two events of one slot as one: the later; of two changes, the ids that they have in common. */
export function merge(earlier: PageEvent | undefined, later: PageEvent): PageEvent {
  if (earlier?.kind !== 'changed' || later.kind !== 'changed') return later
  return {
    kind: 'changed',
    batchId: earlier.batchId === later.batchId ? later.batchId : undefined,
    jobId: earlier.jobId === later.jobId ? later.jobId : undefined,
  }
}
