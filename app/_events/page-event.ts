import type { QueueEvent } from '#core/events/events'

type Told<Kind extends QueueEvent['kind']> = Omit<Extract<QueueEvent, { kind: Kind }>, 'ownerId'>

/** What /api/v1/events tells an open page: the one definition for the server that writes it and the page that reads it. */
export type PageEvent =
  /** Look again at what you show. Without ids it was several things, or one that isn't the viewer's. */
  | { kind: 'changed'; batchId?: string; jobId?: string }
  | Told<'progress'>
  /** The progress of somebody else's job, without saying whose. */
  | ({ kind: 'teamProgress' } & Pick<Told<'progress'>, 'device' | 'stage' | 'fraction' | 'fps'>)
  | Told<'log'>
  | Told<'asset'>
  | Told<'control'>
  | Told<'user'>

/** The text of an event's `data` line. */
export const writePageEvent = (event: PageEvent): string => JSON.stringify(event)

/** The event that a `data` line holds. */
export const readPageEvent = (text: string): PageEvent => JSON.parse(text) as PageEvent
