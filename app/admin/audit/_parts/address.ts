import type { Filter } from './filter.ts'

/** The address of a filter, and of one of its pages. */
export const auditHref = (filter: Filter, before?: string): string =>
  withQuery('/admin/audit', { ...filter, before })

/** Where all entries of a filter are to be had as a file; its days are those of the zone. */
export const exportHref = (filter: Filter, zone: string): string =>
  withQuery('/api/v1/audit/export', { ...filter, zone: filter.since || filter.until ? zone : undefined })

function withQuery(path: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path
}
