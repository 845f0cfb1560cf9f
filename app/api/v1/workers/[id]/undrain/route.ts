import { notFound } from '#app/_http/problem'
import { operatorRoute } from '#app/_http/route'
import { drainWorker } from '#core/worker/drain'

/** The slot takes jobs again. */
export const POST = operatorRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await drainWorker(params.id, 'undrain', viewer.id)
  return outcome === 'not_found' ? notFound() : Response.json({ outcome })
})
