import { userRoute } from '#app/_http/route'
import { jobJson } from '#app/_serial/job'
import { queueJson } from '#app/_serial/queue'
import { listRunning, readQueueSummary } from '#core/overview/data'
import { listAllOpenJobs } from '#core/render-job/data'
import { atLeast } from '#core/viewer/viewer'

/** The queue at a glance; admins also get every open job. */
export const GET = userRoute(async ({ viewer }) => {
  const [summary, running] = await Promise.all([readQueueSummary(), listRunning(viewer)])
  const queue = queueJson(summary, running, viewer)
  if (!atLeast(viewer.role, 'operator')) return Response.json(queue)
  return Response.json({ ...queue, jobs: (await listAllOpenJobs()).map(jobJson) })
})
