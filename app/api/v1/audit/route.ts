import { z } from 'zod'
import { readQuery } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { auditJson } from '#app/_serial/audit'
import { auditCursor, auditFilter, cursorOf, listAudit } from '#core/audit/data'

const query = auditFilter.extend({
  before: auditCursor.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

/** The newest audit entries that match; `before` is the `next` of the page before, null on the last one. */
export const GET = adminRoute(async ({ request }) => {
  const { before, limit, ...filter } = readQuery(request, query)
  const entries = await listAudit(filter, { limit: limit + 1, before })
  const page = entries.slice(0, limit)
  return Response.json({
    entries: page.map(auditJson),
    next: entries.length > limit ? cursorOf(page[limit - 1]) : null,
  })
})
