import { z } from 'zod'
import { readQuery } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { listAudit } from '#core/audit/data'

const query = z.object({
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .transform(BigInt)
    .optional(),
})

/** The newest audit entries; `before` is the id of the last one that is known. */
export const GET = adminRoute(async ({ request }) => {
  const entries = await listAudit(readQuery(request, query))
  return Response.json({
    entries: entries.map((entry) => ({ ...entry, id: String(entry.id), at: entry.at.toISOString() })),
  })
})
