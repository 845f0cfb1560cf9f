import { drainWorker } from '#core/queue/drain'
import { notFound } from '../../../../../_session/problem.ts'
import { adminRoute } from '../../../../../_session/route.ts'

/** The slot puts its job back into the queue now, and takes no more. */
export const POST = adminRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await drainWorker(params.id, 'stop', viewer.id)
  return outcome === 'not_found' ? notFound() : Response.json({ outcome })
})

export const dynamic = 'force-dynamic'
