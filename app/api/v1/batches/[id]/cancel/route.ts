import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { cancelBatch } from '#core/batch/cancel'

export const POST = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const counts = await cancelBatch(params.id, viewer)
  return counts ? Response.json(counts) : notFound()
})
