import { z } from 'zod'
import { readBody } from '#app/_http/body'
import { operatorRoute } from '#app/_http/route'
import { setPreemption } from '#core/worker/preemption'

/** Whether urgent jobs take the slots of others at the end of a segment. */
export const PUT = operatorRoute(async ({ request, viewer }) => {
  const { on } = await readBody(request, z.strictObject({ on: z.boolean() }))
  return Response.json({ outcome: await setPreemption(on, viewer.id) })
})
