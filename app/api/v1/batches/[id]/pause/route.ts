import { pauseBatch } from '#core/batch/pause'
import { notFound } from '../../../../../_session/problem.ts'
import { userRoute } from '../../../../../_session/route.ts'

/** Keeps a batch's waiting jobs from starting; they keep their places. */
export const POST = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await pauseBatch(params.id, viewer, true)
  return outcome === 'not_found' ? notFound() : Response.json({ outcome })
})

export const dynamic = 'force-dynamic'
