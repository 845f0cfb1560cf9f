import { readBody } from '#app/_http/body'
import { operatorRoute } from '#app/_http/route'
import { readLimits, setLimits } from '#core/limits/limits'
import { limitsChange } from '#core/limits/schema'

export const GET = operatorRoute(async () => Response.json(await readLimits()))

/** Changes the limits; those left out stay as they are. */
export const PUT = operatorRoute(async ({ request, viewer }) =>
  Response.json(await setLimits(await readBody(request, limitsChange), viewer.id)),
)
