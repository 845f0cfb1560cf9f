import { listOnStage, readQueueSummary } from '#core/queue/data'
import { listAllOpenJobs } from '#core/render-job/data'
import { jobJson } from '../../../_serial/job.ts'
import { queueJson } from '../../../_serial/queue.ts'
import { userRoute } from '../../../_session/route.ts'

/** The queue at a glance; admins also get every open job. */
export const GET = userRoute(async ({ viewer }) => {
  const [summary, onStage] = await Promise.all([readQueueSummary(), listOnStage(viewer)])
  const queue = queueJson(summary, onStage, viewer)
  if (viewer.role !== 'admin') return Response.json(queue)
  return Response.json({ ...queue, jobs: (await listAllOpenJobs()).map(jobJson) })
})

export const dynamic = 'force-dynamic'
