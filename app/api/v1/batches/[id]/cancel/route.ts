import { cancelBatch } from '#core/batch/requests'
import { notFound } from '../../../../../_session/problem.ts'
import { userRoute } from '../../../../../_session/route.ts'

export const POST = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const counts = await cancelBatch(params.id, viewer)
  return counts ? Response.json(counts) : notFound()
})

export const dynamic = 'force-dynamic'
