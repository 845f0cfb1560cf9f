import { z } from 'zod'
import { setPreemption } from '#core/queue/preemption'
import { readBody } from '../../../../_session/body.ts'
import { adminRoute } from '../../../../_session/route.ts'

/** Whether urgent jobs take the slots of others at the end of a segment. */
export const PUT = adminRoute(async ({ request, viewer }) => {
  const { on } = await readBody(request, z.strictObject({ on: z.boolean() }))
  return Response.json({ outcome: await setPreemption(on, viewer.id) })
})

export const dynamic = 'force-dynamic'
