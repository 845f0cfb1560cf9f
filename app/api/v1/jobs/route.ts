import { z } from 'zod'
import { listEndedJobs, listOpenJobs } from '#core/render-job/data'
import { jobJson } from '../../../_serial/job.ts'
import { readQuery } from '../../../_session/body.ts'
import { userRoute } from '../../../_session/route.ts'

const query = z.object({ scope: z.enum(['open', 'ended']), cursor: z.uuid().optional() })

/** The viewer's own jobs: those in the line, or a page of those that ended. */
export const GET = userRoute(async ({ request, viewer }) => {
  const { scope, cursor } = readQuery(request, query)
  const { jobs, nextCursor } =
    scope === 'open'
      ? { jobs: await listOpenJobs(viewer.id), nextCursor: null }
      : await listEndedJobs({ ownerId: viewer.id }, { cursor })
  return Response.json({ jobs: jobs.map(jobJson), nextCursor })
})

export const dynamic = 'force-dynamic'
