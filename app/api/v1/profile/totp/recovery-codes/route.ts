import { readBody } from '#app/_http/body'
import { userRoute } from '#app/_http/route'
import { proofRefused } from '#app/_http/second-factor'
import { webLog } from '#app/_server/log'
import { proof } from '#core/user/schema'
import { renewRecoveryCodes } from '#core/user/second-factor'

/** Makes new recovery codes in the place of the earlier ones. They are shown this once. */
export const POST = userRoute(async ({ request, viewer }) => {
  const result = await renewRecoveryCodes(viewer, await readBody(request, proof))
  webLog().info({ userId: viewer.id, outcome: result.outcome }, 'recovery codes renewed')
  return result.outcome === 'renewed'
    ? Response.json({ recoveryCodes: result.recoveryCodes }, { status: 201 })
    : proofRefused(result)
})
