import { z } from 'zod'
import { readBody } from '#app/_http/body'
import { notFound } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { assertNever } from '#core/errors'
import { WEIGHTS } from '#core/queue/fair'
import { setWeight } from '#core/user/weight'

const weightRequest = z.strictObject({ weight: z.number().min(WEIGHTS.least).max(WEIGHTS.most) })

/** Sets a user's share of the GPUs under policy fair. */
export const PUT = adminRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const { weight } = await readBody(request, weightRequest)
  const outcome = await setWeight(params.id, weight, viewer.id)
  switch (outcome) {
    case 'changed':
    case 'unchanged':
      return Response.json({ outcome })
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
})
