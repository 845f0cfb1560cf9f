import { mediaResponse } from '#app/_http/media-response'
import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { storage } from '#app/_server/storage'
import { findJob } from '#core/render-job/data'

export const GET = userRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const job = await findJob(params.id, viewer)
  if (!job?.resultThumbKey) return notFound()
  return mediaResponse(request, storage(), { key: job.resultThumbKey, contentType: 'image/jpeg' })
})
