import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { restore } from '#core/trash/mutations'

/** Takes a batch, a job or a file out of the trash. */
export const POST = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await restore(params.id, viewer)
  return outcome === 'restored' ? Response.json({ outcome }) : notFound()
})
