import { z } from 'zod'
import { listAssets } from '#core/asset/data'
import { assetKind } from '#core/asset/schema'
import { assetJson } from '../../../_serial/asset.ts'
import { readQuery } from '../../../_session/body.ts'
import { userRoute } from '../../../_session/route.ts'

const query = z.object({ kind: assetKind, cursor: z.uuid().optional() })

export const GET = userRoute(async ({ request, viewer }) => {
  const { kind, cursor } = readQuery(request, query)
  const { assets, nextCursor } = await listAssets(viewer.id, kind, { cursor })
  return Response.json({ assets: assets.map(assetJson), nextCursor })
})

export const dynamic = 'force-dynamic'
