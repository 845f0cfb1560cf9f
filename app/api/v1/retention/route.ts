import { readBody } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { readRetention, setRetention } from '#core/retention/rules'
import { retentionChange } from '#core/retention/schema'

/** How long what is kept. */
export const GET = adminRoute(async () => Response.json(await readRetention()))

/** Changes the rules; those left out stay as they are. */
export const PUT = adminRoute(async ({ request, viewer }) =>
  Response.json(await setRetention(await readBody(request, retentionChange), viewer.id)),
)
