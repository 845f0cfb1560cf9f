import { findBatch } from '#core/batch/data'
import { batchJson } from '../../../../_serial/batch.ts'
import { notFound } from '../../../../_session/problem.ts'
import { userRoute } from '../../../../_session/route.ts'

export const GET = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const batch = await findBatch(params.id, viewer)
  return batch ? Response.json(batchJson(batch)) : notFound()
})

export const dynamic = 'force-dynamic'
