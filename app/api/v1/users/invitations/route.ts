import { invite } from '#core/user/mutations'
import { inviteRequest } from '#core/user/schema'
import { originOf } from '../../../../_server/origin.ts'
import { readBody } from '../../../../_session/body.ts'
import { adminRoute } from '../../../../_session/route.ts'

/** Makes a one-time link. It is shown this once; the database keeps only a hash of it. */
export const POST = adminRoute(async ({ request, viewer }) => {
  const { role } = await readBody(request, inviteRequest)
  const { token, expiresAt } = await invite(role, viewer.id)
  const url = `${originOf(request.headers)}/join?token=${token}`
  return Response.json({ url, expiresAt: expiresAt.toISOString() }, { status: 201 })
})

export const dynamic = 'force-dynamic'
