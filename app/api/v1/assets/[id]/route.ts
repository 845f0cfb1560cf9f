import { noteLook } from '#app/_auth/look'
import { notFound, problem } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { assetJson } from '#app/_serial/asset'
import { findVisibleAsset } from '#core/asset/data'
import { assertNever } from '#core/errors'
import { trashAsset } from '#core/trash/mutations'

export const GET = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const asset = await findVisibleAsset(params.id, viewer)
  if (!asset) return notFound()
  await noteLook(viewer, 'file.view', asset.id)
  return Response.json(assetJson(asset))
})

/** Puts it into the trash. */
export const DELETE = userRoute<{ id: string }>(async ({ params, viewer }) => {
  const outcome = await trashAsset(params.id, viewer.id)
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
