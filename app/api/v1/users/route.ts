import { adminRoute } from '#app/_http/route'
import { listOpenInvitations, listUsers } from '#core/user/data'

export const GET = adminRoute(async () => {
  const [users, invitations] = await Promise.all([listUsers(), listOpenInvitations()])
  return Response.json({ users, invitations })
})
