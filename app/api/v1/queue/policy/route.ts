import { z } from 'zod'
import { readBody } from '#app/_http/body'
import { operatorRoute } from '#app/_http/route'
import { setPolicy } from '#core/queue/policy'

const policyRequest = z.strictObject({ policy: z.enum(['fifo', 'fair']) })

/** Switches the policy; the whole line is in its order at once. */
export const POST = operatorRoute(async ({ request, viewer }) => {
  const { policy } = await readBody(request, policyRequest)
  return Response.json({ outcome: await setPolicy(policy, viewer.id) })
})
