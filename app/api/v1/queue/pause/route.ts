import { setPaused } from '#core/queue/control'
import { adminRoute } from '../../../../_session/route.ts'

export const POST = adminRoute(async ({ viewer }) =>
  Response.json({ outcome: await setPaused(true, viewer.id) }),
)

export const dynamic = 'force-dynamic'
