import { z } from 'zod'
import { setPolicy } from '#core/queue/policy'
import { readBody } from '../../../../_session/body.ts'
import { adminRoute } from '../../../../_session/route.ts'

const policyRequest = z.strictObject({ policy: z.enum(['fifo', 'fair']) })

/** Switches the policy; the whole line is in its order at once. */
export const POST = adminRoute(async ({ request, viewer }) => {
  const { policy } = await readBody(request, policyRequest)
  return Response.json({ outcome: await setPolicy(policy, viewer.id) })
})

export const dynamic = 'force-dynamic'
