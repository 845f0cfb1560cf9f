import { notFound } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { withdrawInvitation } from '#core/user/invitations'

/** Takes an invitation back that was not used yet. */
export const DELETE = adminRoute<{ id: string }>(async ({ params, viewer }) =>
  (await withdrawInvitation(params.id, viewer.id)) ? new Response(null, { status: 204 }) : notFound(),
)
