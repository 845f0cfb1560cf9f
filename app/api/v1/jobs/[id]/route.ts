import { z } from 'zod'
import { noteLook } from '#app/_auth/look'
import { readBody } from '#app/_http/body'
import { notFound, problem } from '#app/_http/problem'
import { forbidden, userRoute } from '#app/_http/route'
import { jobJson } from '#app/_serial/job'
import { assertNever } from '#core/errors'
import { lineOf } from '#core/names'
import { BANDS } from '#core/queue/ordering'
import { moveJob } from '#core/render-job/actions/move'
import { findJob } from '#core/render-job/data'
import { trashJob } from '#core/trash/mutations'

export const GET = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const job = await findJob(params.id, viewer)
  if (!job) return notFound()
  await noteLook(viewer, 'job.view', job.id)
  return Response.json(jobJson(job))
})

/** Puts it into the trash; one that waits or runs is cancelled first. */
export const DELETE = userRoute<{ id: string }>(async ({ params, viewer }) =>
  (await trashJob(params.id, viewer)) === 'deleted' ? new Response(null, { status: 204 }) : notFound(),
)

const reason = lineOf(300, 'A reason has at most 300 characters.').optional()
const moveRequest = z.union(
  [
    z.strictObject({ band: z.enum(BANDS), reason }),
    z.strictObject({ front: z.literal(true), reason }),
    z.strictObject({ before: z.uuid(), reason }),
    z.strictObject({ after: z.uuid(), reason }),
  ],
  {
    error:
      'Send a band, front: true, or the job before or after which it should go; and a reason if you like.',
  },
)

/** Moves a waiting job within the line. Members may choose between normal and low for their own. */
export const PATCH = userRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const { reason: why, ...move } = await readBody(request, moveRequest)
  const outcome = await moveJob(params.id, viewer, move, why || undefined)
  switch (outcome) {
    case 'moved':
    case 'unchanged':
      return Response.json({ outcome })
    case 'not_waiting':
      return problem(409, 'not_waiting', 'This job no longer waits.')
    case 'other_not_waiting':
      return problem(409, 'other_not_waiting', 'The job beside which it should go does not wait.')
    case 'forbidden':
      return forbidden('operator')
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
})
