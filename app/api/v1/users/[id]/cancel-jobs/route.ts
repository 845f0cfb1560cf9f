import { bulkAnswer } from '#app/_http/bulk'
import { notFound } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { runBulk } from '#core/bulk/bulk'
import { findUser } from '#core/user/data'

/** Cancels all that a user has waiting or running. */
export const POST = adminRoute<{ id: string }>(async ({ params, viewer }) => {
  if (!(await findUser(params.id))) return notFound()
  const filter = { ownerId: params.id, states: ['queued' as const, 'running' as const] }
  return bulkAnswer(await runBulk(viewer, { filter }, { kind: 'cancel' }))
})
