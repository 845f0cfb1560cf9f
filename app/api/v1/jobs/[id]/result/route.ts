import { noteLook } from '#app/_auth/look'
import { mediaResponse } from '#app/_http/media-response'
import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { storage } from '#app/_server/storage'
import { findJob } from '#core/render-job/data'

/** The finished video, to play, or with `?download=1` to save. */
export const GET = userRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const job = await findJob(params.id, viewer)
  if (!job?.resultKey) return notFound()
  const download = request.nextUrl.searchParams.has('download')
  await noteLook(viewer, download ? 'job.download' : 'job.view', job.id)
  const presenter = job.presenter.name.replace(/\.\w{2,4}$/, '')
  return mediaResponse(request, storage(), {
    key: job.resultKey,
    contentType: 'video/mp4',
    downloadAs: download ? `${job.batch.name} – ${presenter}.mp4` : undefined,
  })
})
