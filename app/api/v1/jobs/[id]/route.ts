import { z } from 'zod'
import { assertNever } from '#core/errors'
import { BANDS } from '#core/queue/ordering'
import { findJob } from '#core/render-job/data'
import { deleteJob } from '#core/render-job/deletion'
import { changeBand, moveToFront } from '#core/render-job/requests'
import { jobJson } from '../../../../_serial/job.ts'
import { storage } from '../../../../_server/storage.ts'
import { readBody } from '../../../../_session/body.ts'
import { notFound, problem } from '../../../../_session/problem.ts'
import { adminRoute, userRoute } from '../../../../_session/route.ts'

export const GET = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const job = await findJob(params.id, viewer)
  return job ? Response.json(jobJson(job)) : notFound()
})

export const DELETE = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await deleteJob(params.id, viewer, storage())
  switch (outcome) {
    case 'deleted':
      return new Response(null, { status: 204 })
    case 'not_ended':
      return problem(409, 'not_ended', 'This job still waits or runs. Cancel it first.')
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
})

const moveRequest = z.union(
  [z.strictObject({ band: z.enum(BANDS) }), z.strictObject({ front: z.literal(true) })],
  {
    error: 'Send a band, or front: true.',
  },
)

/** Moves a waiting job within the line. */
export const PATCH = adminRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const asked = await readBody(request, moveRequest)
  const outcome =
    'band' in asked
      ? await changeBand(params.id, asked.band, viewer.id)
      : await moveToFront(params.id, viewer.id)
  switch (outcome) {
    case 'moved':
    case 'unchanged':
      return Response.json({ outcome })
    case 'not_waiting':
      return problem(409, 'not_waiting', 'This job no longer waits.')
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
})

export const dynamic = 'force-dynamic'
