import { runBulk } from '#core/queue/bulk'
import { findUser } from '#core/user/data'
import { bulkAnswer } from '../../../../../_session/bulk.ts'
import { notFound } from '../../../../../_session/problem.ts'
import { adminRoute } from '../../../../../_session/route.ts'

/** Cancels all that a user has waiting or running. */
export const POST = adminRoute<{ id: string }>(async ({ params, viewer }) => {
  if (!(await findUser(params.id))) return notFound()
  const filter = { ownerId: params.id, states: ['queued' as const, 'running' as const] }
  return bulkAnswer(await runBulk(viewer, { filter }, { kind: 'cancel' }))
})

export const dynamic = 'force-dynamic'
