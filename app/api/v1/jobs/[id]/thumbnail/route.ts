import { findJob } from '#core/render-job/data'
import { mediaResponse } from '../../../../../_server/media-response.ts'
import { storage } from '../../../../../_server/storage.ts'
import { notFound } from '../../../../../_session/problem.ts'
import { userRoute } from '../../../../../_session/route.ts'

export const GET = userRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const job = await findJob(params.id, viewer)
  if (!job?.resultThumbKey) return notFound()
  return mediaResponse(request, storage(), { key: job.resultThumbKey, contentType: 'image/jpeg' })
})

export const dynamic = 'force-dynamic'
