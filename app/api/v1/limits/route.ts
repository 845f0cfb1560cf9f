import { userRoute } from '#app/_http/route'
import { limitsJson } from '#app/_serial/limits'
import { limitsOf, readUsage } from '#core/limits/limits'

/** What the asker may still send today. */
export const GET = userRoute(async ({ viewer }) => {
  const [limits, usage] = await Promise.all([limitsOf(viewer.id), readUsage(viewer.id)])
  return Response.json(limitsJson(limits, usage))
})
