import { findUser } from '#core/user/data'
import { enableUser } from '#core/user/mutations'
import { notFound } from '../../../../../_session/problem.ts'
import { adminRoute } from '../../../../../_session/route.ts'

export const POST = adminRoute<{ id: string }>(async ({ params, viewer }) => {
  if (!(await findUser(params.id))) return notFound()
  return Response.json({ outcome: await enableUser(params.id, viewer.id) })
})

export const dynamic = 'force-dynamic'
