import { z } from 'zod'
import { readBody } from '#app/_http/body'
import { forbidden, userRoute } from '#app/_http/route'
import { previewBulk } from '#core/bulk/bulk'
import { bulkAction, bulkSelection } from '#core/bulk/bulk-selection'

const previewRequest = z.strictObject({ selection: bulkSelection, action: bulkAction })

/** What an action would touch, with the token to do just that. Members see and touch their own jobs alone. */
export const POST = userRoute(async ({ request, viewer }) => {
  const { selection, action } = await readBody(request, previewRequest)
  const preview = await previewBulk(viewer, selection, action)
  return preview ? Response.json(preview) : forbidden('operator')
})
