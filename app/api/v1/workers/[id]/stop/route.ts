import { notFound } from '#app/_http/problem'
import { operatorRoute } from '#app/_http/route'
import { drainWorker } from '#core/worker/drain'

/** The slot puts its job back into the queue now, and takes no more. */
export const POST = operatorRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await drainWorker(params.id, 'stop', viewer.id)
  return outcome === 'not_found' ? notFound() : Response.json({ outcome })
})
