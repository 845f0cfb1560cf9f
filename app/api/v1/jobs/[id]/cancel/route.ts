import { notFound, problem } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { assertNever } from '#core/errors'
import { cancelJob } from '#core/render-job/actions/cancel'

export const POST = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await cancelJob(params.id, viewer)
  switch (outcome) {
    case 'cancelled':
    case 'cancelling':
      return Response.json({ outcome })
    case 'already_ended':
      return problem(409, 'already_ended', 'This job has already ended.')
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
})
