import { findVisibleAsset } from '#core/asset/data'
import { deleteAsset } from '#core/asset/mutations'
import { assertNever } from '#core/errors'
import { assetJson } from '../../../../_serial/asset.ts'
import { storage } from '../../../../_server/storage.ts'
import { notFound, problem } from '../../../../_session/problem.ts'
import { userRoute } from '../../../../_session/route.ts'

export const GET = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const asset = await findVisibleAsset(params.id, viewer)
  return asset ? Response.json(assetJson(asset)) : notFound()
})

export const DELETE = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await deleteAsset(params.id, viewer.id, storage())
  switch (outcome) {
    case 'deleted':
      return new Response(null, { status: 204 })
    case 'in_use':
      return problem(409, 'in_use', 'A batch uses this file, so it has to stay.')
    case 'not_found':
      return notFound()
    default:
      return assertNever(outcome)
  }
})

export const dynamic = 'force-dynamic'
