import { z } from 'zod'
import { previewBulk } from '#core/queue/bulk'
import { bulkAction, bulkSelection } from '#core/queue/bulk-selection'
import { readBody } from '../../../../../_session/body.ts'
import { adminsOnly, userRoute } from '../../../../../_session/route.ts'

const previewRequest = z.strictObject({ selection: bulkSelection, action: bulkAction })

/** What an action would touch, with the token to do just that. Members see and touch their own jobs alone. */
export const POST = userRoute(async ({ request, viewer }) => {
  const { selection, action } = await readBody(request, previewRequest)
  const preview = await previewBulk(viewer, selection, action)
  return preview ? Response.json(preview) : adminsOnly()
})

export const dynamic = 'force-dynamic'
