import { notFound } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { originOf } from '#app/_server/origin'
import { createResetLink } from '#core/user/reset'

/** Makes a one-time link with which a user chooses a new password. It is shown this once. */
export const POST = adminRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const link = await createResetLink(params.id, viewer.id)
  if (!link) return notFound()
  const url = `${originOf(request.headers)}/reset?token=${link.token}`
  return Response.json({ url, expiresAt: link.expiresAt.toISOString() }, { status: 201 })
})
