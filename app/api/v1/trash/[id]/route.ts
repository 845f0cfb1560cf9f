import { notFound, problem } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { assertNever } from '#core/errors'
import { deleteNow } from '#core/trash/empty'

/** Deletes a batch, a job or a file in the trash for good. */
export const DELETE = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await deleteNow(params.id, viewer)
  switch (outcome) {
    case 'deleted':
      return new Response(null, { status: 204 })
    case 'still_running':
      return problem(409, 'still_stopping', 'A worker has still to stop it. Try again in a moment.')
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
})
