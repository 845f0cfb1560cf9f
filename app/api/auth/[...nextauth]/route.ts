import type { NextRequest } from 'next/server'
import NextAuth from 'next-auth'
import { originOf } from '../../../_server/origin.ts'
import { authOptions } from '../../../_session/auth-options.ts'
import { publicRoute } from '../../../_session/route.ts'

const handler = (request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }) =>
  publicRoute(
    async () => (await NextAuth(request, context, authOptions(originOf(request.headers)))) as Response,
  )(request, context)

export { handler as GET, handler as POST }

export const dynamic = 'force-dynamic'
