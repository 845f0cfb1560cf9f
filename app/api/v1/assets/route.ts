import { z } from 'zod'
import { readQuery } from '#app/_http/body'
import { userRoute } from '#app/_http/route'
import { assetJson } from '#app/_serial/asset'
import { listAssets } from '#core/asset/data'
import { assetKind } from '#core/asset/schema'

const query = z.object({ kind: assetKind, cursor: z.uuid().optional() })

export const GET = userRoute(async ({ request, viewer }) => {
  const { kind, cursor } = readQuery(request, query)
  const { assets, nextCursor } = await listAssets(viewer.id, kind, { cursor })
  return Response.json({ assets: assets.map(assetJson), nextCursor })
})
