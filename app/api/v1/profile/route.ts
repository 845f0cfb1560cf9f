import { readBody } from '#app/_http/body'
import { userRoute } from '#app/_http/route'
import { changeProfile, readProfile } from '#core/user/profile'
import { profileChange } from '#core/user/schema'

export const GET = userRoute(async ({ viewer }) => Response.json(await readProfile(viewer.id)))

/** Changes name, language, theme or time zone. */
export const PATCH = userRoute(async ({ request, viewer }) => {
  await changeProfile(viewer.id, await readBody(request, profileChange))
  return Response.json(await readProfile(viewer.id))
})
