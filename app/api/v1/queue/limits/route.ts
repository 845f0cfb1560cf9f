import { readBody } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { readLimits, setLimits } from '#core/limits/limits'
import { limitsChange } from '#core/limits/schema'

export const GET = adminRoute(async () => Response.json(await readLimits()))

/** Changes the limits; those left out stay as they are. */
export const PUT = adminRoute(async ({ request, viewer }) =>
  Response.json(await setLimits(await readBody(request, limitsChange), viewer.id)),
)
