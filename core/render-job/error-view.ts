import { atLeast, type Viewer } from '#core/viewer/viewer'
import type { Prisma } from '#prisma/client'

interface ErrorColumns {
  errorMessage: string | null
  errorParams: Prisma.JsonValue
}

/** Texts that tell of the person's own files. All others may name files, programs and servers of ours. */
const ABOUT_FILES: readonly string[] = ['role', 'transfer', 'seen', 'missing', 'strip']

/**
 * A job's error as somebody may see it: operators as the engine put it, members without the words of engines, which name
 * paths, hosts and ports. They get the text of its code; the job's id finds the rest in the worker's log.
 */
export function errorFor<Row extends ErrorColumns>(row: Row, viewer?: Viewer): Row {
  if (viewer && atLeast(viewer.role, 'operator')) return row
  return { ...row, errorMessage: null, errorParams: aboutFiles(row.errorParams) }
}

/** The same for a line of a job's log. */
export function eventFor<Event extends { data: Prisma.JsonValue }>(event: Event, viewer: Viewer): Event {
  if (atLeast(viewer.role, 'operator') || !isObject(event.data) || !('code' in event.data)) return event
  const { message: _, ...data } = event.data
  return { ...event, data }
}

function aboutFiles(params: Prisma.JsonValue): Prisma.JsonValue {
  if (!isObject(params)) return null
  const entries = Object.entries(params)
  return Object.fromEntries(
    entries.filter(([name, value]) => typeof value === 'number' || ABOUT_FILES.includes(name)),
  )
}

const isObject = (value: Prisma.JsonValue): value is Prisma.JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
