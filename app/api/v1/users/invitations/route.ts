import { readBody } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { originOf } from '#app/_server/origin'
import { invite } from '#core/user/mutations'
import { inviteRequest } from '#core/user/schema'

/** Makes a one-time link. It is shown this once; the database keeps only a hash of it. */
export const POST = adminRoute(async ({ request, viewer }) => {
  const { role } = await readBody(request, inviteRequest)
  const { token, expiresAt } = await invite(role, viewer.id)
  const url = `${originOf(request.headers)}/join?token=${token}`
  return Response.json({ url, expiresAt: expiresAt.toISOString() }, { status: 201 })
})
