import { z } from 'zod'
import { readQuery } from '#app/_http/body'
import { userRoute } from '#app/_http/route'
import { jobJson } from '#app/_serial/job'
import { listEndedJobs, listOpenJobs } from '#core/render-job/data'

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
