import { drainWorker } from '#core/queue/drain'
import { notFound } from '../../../../../_session/problem.ts'
import { adminRoute } from '../../../../../_session/route.ts'

/** The slot takes jobs again. */
export const POST = adminRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await drainWorker(params.id, 'undrain', viewer.id)
  return outcome === 'not_found' ? notFound() : Response.json({ outcome })
})

export const dynamic = 'force-dynamic'
