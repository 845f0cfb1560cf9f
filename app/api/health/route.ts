import { publicRoute } from '#app/_http/route'
import { databaseAnswers } from '#app/_server/health'

/** For load balancers and the launcher: is this process of any use now? */
export const GET = publicRoute(async () => {
  const database = await databaseAnswers()
  return Response.json({ ok: database, database }, { status: database ? 200 : 503, headers: NO_STORE })
})

const NO_STORE = { 'Cache-Control': 'no-store' }
