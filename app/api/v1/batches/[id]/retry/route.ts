import { batchExists } from '#core/batch/data'
import { runBulk } from '#core/queue/bulk'
import { bulkAnswer } from '../../../../../_session/bulk.ts'
import { notFound } from '../../../../../_session/problem.ts'
import { userRoute } from '../../../../../_session/route.ts'

/** Resubmits all failed jobs of a batch. */
export const POST = userRoute<{ id: string }>(async ({ params, viewer }) => {
  if (!(await batchExists(params.id, viewer))) return notFound()
  const filter = { batchId: params.id, states: ['failed' as const] }
  return bulkAnswer(await runBulk(viewer, { filter }, { kind: 'resubmit' }))
})

export const dynamic = 'force-dynamic'
