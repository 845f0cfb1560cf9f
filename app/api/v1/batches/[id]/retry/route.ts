import { bulkAnswer } from '#app/_http/bulk'
import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { batchExists } from '#core/batch/data'
import { runBulk } from '#core/bulk/bulk'

/** Resubmits all failed jobs of a batch. */
export const POST = userRoute<{ id: string }>(async ({ params, viewer }) => {
  if (!(await batchExists(params.id, viewer))) return notFound()
  const filter = { batchId: params.id, states: ['failed' as const] }
  return bulkAnswer(await runBulk(viewer, { filter }, { kind: 'resubmit' }))
})
