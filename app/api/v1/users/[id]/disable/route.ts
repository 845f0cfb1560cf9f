import { accountAnswer } from '#app/_http/account'
import { adminRoute } from '#app/_http/route'
import { disableUser } from '#core/user/mutations'

export const POST = adminRoute<{ id: string }>(async ({ params, viewer }) =>
  accountAnswer(await disableUser(params.id, viewer)),
)
