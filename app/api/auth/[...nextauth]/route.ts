import type { NextRequest } from 'next/server'
import NextAuth from 'next-auth'
import { authOptions } from '#app/_auth/auth-options'
import { withBoundedBody } from '#app/_http/body'
import { publicRoute } from '#app/_http/route'
import { originOf } from '#app/_server/origin'

/** An address, a password and next-auth's token have room in it many times over. */
const MAX_FORM_BYTES = 16 * 1024

const handler = (request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }) =>
  publicRoute(async ({ request: asked }) => {
    // next-auth reads the whole body before it looks at anything else.
    const bounded = await withBoundedBody(asked, MAX_FORM_BYTES)
    return (await NextAuth(
      bounded,
      context,
      authOptions(originOf(request.headers), request.headers),
    )) as Response
  })(request, context)

export { handler as GET, handler as POST }
