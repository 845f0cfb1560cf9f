import { readBody } from '#app/_http/body'
import { notFound } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { userQuotas } from '#core/limits/schema'
import { setQuotas } from '#core/user/quotas'

/** Sets what of the limits is another for a user; what is left out is as for everybody. */
export const PUT = adminRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const outcome = await setQuotas(params.id, await readBody(request, userQuotas), viewer.id)
  return outcome === 'not_found' ? notFound() : Response.json({ outcome })
})
