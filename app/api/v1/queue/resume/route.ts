import { operatorRoute } from '#app/_http/route'
import { setPaused } from '#core/queue/control'

export const POST = operatorRoute(async ({ viewer }) =>
  Response.json({ outcome: await setPaused(false, viewer.id) }),
)
