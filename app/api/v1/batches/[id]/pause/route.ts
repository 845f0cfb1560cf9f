import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { pauseBatch } from '#core/batch/pause'

/** Keeps a batch's waiting jobs from starting; they keep their places. */
export const POST = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await pauseBatch(params.id, viewer, true)
  return outcome === 'not_found' ? notFound() : Response.json({ outcome })
})
