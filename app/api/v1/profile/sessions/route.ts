import { userRoute } from '#app/_http/route'
import { webLog } from '#app/_server/log'
import { revokeOtherSessions } from '#core/user/profile'
import { listSessions } from '#core/user/sessions'

/** Where the caller is signed in. */
export const GET = userRoute(async ({ viewer }) => {
  const sessions = await listSessions(viewer.id)
  return Response.json({
    sessions: sessions.map((session) => ({ ...session, current: session.id === viewer.sessionId })),
  })
})

/** Signs the caller out everywhere but here. */
export const DELETE = userRoute(async ({ viewer }) => {
  await revokeOtherSessions(viewer)
  webLog().info({ userId: viewer.id }, 'other sessions ended')
  return new Response(null, { status: 204 })
})
