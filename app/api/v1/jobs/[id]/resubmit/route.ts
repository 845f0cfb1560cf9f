import { z } from 'zod'
import { readBody } from '#app/_http/body'
import { notFound, problem } from '#app/_http/problem'
import { refused } from '#app/_http/refused'
import { forbidden, userRoute } from '#app/_http/route'
import { jobJson } from '#app/_serial/job'
import { assertNever } from '#core/errors'
import { BANDS } from '#core/queue/ordering'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { findJob } from '#core/render-job/data'
import { atLeast } from '#core/viewer/viewer'

const resubmitRequest = z.object({ band: z.enum(BANDS).optional() })

export const POST = userRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const { band } = await readBody(request, resubmitRequest)
  if (band && !atLeast(viewer.role, 'operator')) return forbidden('operator')
  const outcome = await resubmitJob(params.id, viewer, band)
  if (typeof outcome === 'object') return refused(outcome)
  switch (outcome) {
    case 'queued': {
      const job = await findJob(params.id, viewer)
      return job ? Response.json(jobJson(job)) : notFound()
    }
    case 'not_ended':
      return problem(409, 'not_ended', 'This job still waits or runs.')
    case 'succeeded':
      return problem(409, 'succeeded', 'This job has its result. Start a new batch to render it again.')
    case 'owner_disabled':
      return problem(403, 'owner_disabled', 'The account of its owner is disabled.')
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
})
