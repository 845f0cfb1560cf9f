import type { NextRequest } from 'next/server'
import NextAuth from 'next-auth'
import { authOptions } from '#app/_auth/auth-options'
import { PROVIDER_ID } from '#app/_auth/provider'
import { withBoundedBody } from '#app/_http/body'
import { tooMany } from '#app/_http/problem'
import { publicRoute } from '#app/_http/route'
import { addressOf, originOf } from '#app/_server/origin'
import { countProviderStep } from '#core/user/attempts'

/** An address, a password and next-auth's token have room in it many times over. */
const MAX_FORM_BYTES = 16 * 1024

const handler = (request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }) =>
  publicRoute(async ({ request: asked }) => {
    const { nextauth: path } = await context.params
    if (path.includes(PROVIDER_ID)) {
      const seconds = await countProviderStep(addressOf(request.headers))
      if (seconds !== null) return tooMany(seconds)
    }
    // next-auth reads the whole body before it looks at anything else.
    const bounded = await withBoundedBody(asked, MAX_FORM_BYTES)
    return (await NextAuth(
      bounded,
      context,
      authOptions(originOf(request.headers), request.headers),
    )) as Response
  })(request, context)

export { handler as GET, handler as POST }
