import { notFound, problem } from '#app/_http/problem'
import { adminRoute } from '#app/_http/route'
import { assertNever } from '#core/errors'
import { disableUser } from '#core/user/mutations'

export const POST = adminRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await disableUser(params.id, viewer)
  switch (outcome) {
    case 'disabled':
    case 'unchanged':
      return Response.json({ outcome })
    case 'last_admin':
      return problem(409, 'last_admin', 'This is the last admin; somebody must be able to administer.')
    case 'yourself':
      return problem(409, 'yourself', 'You cannot disable yourself; ask another admin.')
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
})
