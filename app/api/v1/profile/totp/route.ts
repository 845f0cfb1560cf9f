import { readBody } from '#app/_http/body'
import { problem } from '#app/_http/problem'
import { firstStepRoute, userRoute } from '#app/_http/route'
import { proofRefused, totpAlreadyOn } from '#app/_http/second-factor'
import { webLog } from '#app/_server/log'
import { qrCode } from '#app/_server/qr-code'
import { proof } from '#core/user/schema'
import { beginTotp, confirmTotp, switchOffTotp } from '#core/user/second-factor'

/** Makes a secret for the caller's app, as text and as a QR code. It counts once a code of it has come. */
export const POST = firstStepRoute(async ({ viewer }) => {
  const result = await beginTotp(viewer.id)
  if (result.outcome === 'already_on') return totpAlreadyOn()
  const { secret, address } = result
  return Response.json({ secret, address, qr: qrCode(address) }, { status: 201 })
})

/** Turns the caller's second factor on. The recovery codes are shown this once. */
export const PUT = firstStepRoute(async ({ request, viewer }) => {
  const result = await confirmTotp(viewer, await readBody(request, proof))
  webLog().info({ userId: viewer.id, outcome: result.outcome }, 'second factor set up')
  if (result.outcome === 'on') return Response.json({ recoveryCodes: result.recoveryCodes })
  return result.outcome === 'already_on' ? totpAlreadyOn() : proofRefused(result)
})

/** Turns the caller's second factor off, unless their role needs one. */
export const DELETE = userRoute(async ({ request, viewer }) => {
  const result = await switchOffTotp(viewer, await readBody(request, proof))
  webLog().info({ userId: viewer.id, outcome: result.outcome }, 'second factor turned off')
  if (result.outcome === 'off') return new Response(null, { status: 204 })
  if (result.outcome === 'required')
    return problem(409, 'second_factor_required', 'Your role needs two-step sign-in.')
  return proofRefused(result)
})
