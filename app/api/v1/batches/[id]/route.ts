import { noteLook } from '#app/_auth/look'
import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { batchJson } from '#app/_serial/batch'
import { findBatch } from '#core/batch/data'
import { trashBatch } from '#core/trash/mutations'

export const GET = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const batch = await findBatch(params.id, viewer)
  if (!batch) return notFound()
  await noteLook(viewer, 'batch.view', batch.id)
  return Response.json(batchJson(batch))
})

/** Puts it into the trash with its videos; what of it waits or runs is cancelled first. */
export const DELETE = userRoute<{ id: string }>(async ({ params, viewer }) =>
  (await trashBatch(params.id, viewer)) === 'deleted' ? new Response(null, { status: 204 }) : notFound(),
)
