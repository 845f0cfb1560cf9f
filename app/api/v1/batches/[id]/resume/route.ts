import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { pauseBatch } from '#core/batch/pause'

/** Lets a paused batch go on. */
export const POST = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await pauseBatch(params.id, viewer, false)
  return outcome === 'not_found' ? notFound() : Response.json({ outcome })
})
