import { mediaResponse } from '#app/_http/media-response'
import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { storage } from '#app/_server/storage'
import { findVisibleAsset } from '#core/asset/data'

export const GET = userRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const asset = await findVisibleAsset(params.id, viewer)
  if (!asset?.spriteKey) return notFound()
  return mediaResponse(request, storage(), { key: asset.spriteKey, contentType: 'image/jpeg' })
})
