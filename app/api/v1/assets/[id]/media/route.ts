import { noteLook } from '#app/_auth/look'
import { mediaResponse } from '#app/_http/media-response'
import { mediaTypeOf } from '#app/_http/media-type'
import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { storage } from '#app/_server/storage'
import { findVisibleAsset } from '#core/asset/data'

export const GET = userRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const asset = await findVisibleAsset(params.id, viewer)
  if (!asset) return notFound()
  await noteLook(viewer, 'file.view', asset.id)
  // The source where every browser plays it, else what was made of it.
  const key = asset.previewKey ?? asset.storageKey
  return mediaResponse(request, storage(), { key, contentType: mediaTypeOf(key) })
})
