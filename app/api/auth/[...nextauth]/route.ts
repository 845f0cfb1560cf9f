import type { NextRequest } from 'next/server'
import NextAuth from 'next-auth'
import { authOptions } from '#app/_auth/auth-options'
import { publicRoute } from '#app/_http/route'
import { originOf } from '#app/_server/origin'

const handler = (request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }) =>
  publicRoute(
    async () =>
      (await NextAuth(request, context, authOptions(originOf(request.headers), request.headers))) as Response,
  )(request, context)

export { handler as GET, handler as POST }
