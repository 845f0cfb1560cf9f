import { noteLook } from '#app/_auth/look'
import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { batchJson } from '#app/_serial/batch'
import { findBatch } from '#core/batch/data'

export const GET = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const batch = await findBatch(params.id, viewer)
  if (!batch) return notFound()
  await noteLook(viewer, 'batch.view', batch.id)
  return Response.json(batchJson(batch))
})
