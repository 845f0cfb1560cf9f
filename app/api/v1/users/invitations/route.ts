import { readBody } from '#app/_http/body'
import { problem } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { originOf } from '#app/_server/origin'
import { invite } from '#core/user/invitations'
import { inviteRequest } from '#core/user/schema'

/** Makes a one-time link. It is shown this once; the database keeps only a hash of it. */
export const POST = adminRoute(async ({ request, viewer }) => {
  const result = await invite(await readBody(request, inviteRequest), viewer.id)
  if (result.outcome === 'email_taken')
    return problem(409, 'email_taken', 'There is an account with this e-mail address already.')
  const { id, token, expiresAt } = result
  const url = `${originOf(request.headers)}/join?token=${token}`
  return Response.json({ id, url, expiresAt: expiresAt.toISOString() }, { status: 201 })
})
