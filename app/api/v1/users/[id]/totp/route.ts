import { accountAnswer } from '#app/_http/account'
import { adminRoute } from '#app/_http/route'
import { resetTotp } from '#core/user/second-factor'

/** Takes the second factor of somebody who lost it away, and ends their sessions. */
export const DELETE = adminRoute<{ id: string }>(async ({ params, viewer }) =>
  accountAnswer(await resetTotp(params.id, viewer.id)),
)
