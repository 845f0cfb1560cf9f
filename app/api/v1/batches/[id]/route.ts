import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { batchJson } from '#app/_serial/batch'
import { findBatch } from '#core/batch/data'

export const GET = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const batch = await findBatch(params.id, viewer)
  return batch ? Response.json(batchJson(batch)) : notFound()
})
