import { findVisibleAsset } from '#core/asset/data'
import { mediaResponse } from '../../../../../_server/media-response.ts'
import { mediaTypeOf } from '../../../../../_server/media-type.ts'
import { storage } from '../../../../../_server/storage.ts'
import { notFound } from '../../../../../_session/problem.ts'
import { userRoute } from '../../../../../_session/route.ts'

export const GET = userRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const asset = await findVisibleAsset(params.id, viewer)
  if (!asset) return notFound()
  const { storageKey: key } = asset
  return mediaResponse(request, storage(), { key, contentType: mediaTypeOf(key) })
})

export const dynamic = 'force-dynamic'
