import { readLimits, readUsage } from '#core/queue/limits'
import { limitsJson } from '../../../_serial/limits.ts'
import { userRoute } from '../../../_session/route.ts'

/** What the asker may still send today. */
export const GET = userRoute(async ({ viewer }) => {
  const [limits, usage] = await Promise.all([readLimits(), readUsage(viewer.id)])
  return Response.json(limitsJson(limits, usage))
})

export const dynamic = 'force-dynamic'
