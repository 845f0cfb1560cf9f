import { listOpenInvitations, listUsers } from '#core/user/data'
import { adminRoute } from '../../../_session/route.ts'

export const GET = adminRoute(async () => {
  const [users, invitations] = await Promise.all([listUsers(), listOpenInvitations()])
  return Response.json({ users, invitations })
})

export const dynamic = 'force-dynamic'
