import { z } from 'zod'
import { readBody } from '#app/_http/body'
import { operatorRoute } from '#app/_http/route'
import { setAging } from '#core/queue/control'

const MONTH = 30 * 24 * 60

const agingRequest = z.strictObject({
  minutes: z.number().int().min(1).max(MONTH, 'Jobs age within a month, or never (null).').nullable(),
})

/** Sets how long a job waits in one band before it is promoted into the next; null turns that off. */
export const PUT = operatorRoute(async ({ request, viewer }) => {
  const { minutes } = await readBody(request, agingRequest)
  return Response.json({ outcome: await setAging(minutes, viewer.id) })
})
