import { z } from 'zod'
import { readBody } from '#app/_http/body'
import { bulkAnswer } from '#app/_http/bulk'
import { userRoute } from '#app/_http/route'
import { runBulk } from '#core/bulk/bulk'
import { bulkAction, bulkSelection } from '#core/bulk/bulk-selection'

const bulkRequest = z.strictObject({ selection: bulkSelection, action: bulkAction, token: z.string() })

/** Does what a preview showed; 409 with a new preview where the jobs are no longer those. */
export const POST = userRoute(async ({ request, viewer }) => {
  const { selection, action, token } = await readBody(request, bulkRequest)
  return bulkAnswer(await runBulk(viewer, selection, action, token))
})
