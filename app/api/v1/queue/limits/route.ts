import { readBody } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { queueLimits, readLimits, setLimits } from '#core/limits/limits'

export const GET = adminRoute(async () => Response.json(await readLimits()))

/** Changes the limits; those left out stay as they are. */
export const PUT = adminRoute(async ({ request, viewer }) => {
  const changed = await readBody(request, queueLimits.partial().strict())
  const limits = queueLimits.parse({ ...(await readLimits()), ...changed })
  const outcome = await setLimits(limits, viewer.id)
  return Response.json({ outcome, limits })
})
