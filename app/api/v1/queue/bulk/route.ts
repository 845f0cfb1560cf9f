import { z } from 'zod'
import { runBulk } from '#core/queue/bulk'
import { bulkAction, bulkSelection } from '#core/queue/bulk-selection'
import { readBody } from '../../../../_session/body.ts'
import { bulkAnswer } from '../../../../_session/bulk.ts'
import { userRoute } from '../../../../_session/route.ts'

const bulkRequest = z.strictObject({ selection: bulkSelection, action: bulkAction, token: z.string() })

/** Does what a preview showed; 409 with a new preview where the jobs are no longer those. */
export const POST = userRoute(async ({ request, viewer }) => {
  const { selection, action, token } = await readBody(request, bulkRequest)
  return bulkAnswer(await runBulk(viewer, selection, action, token))
})

export const dynamic = 'force-dynamic'
