import type { NextRequest } from 'next/server'
import { ZodError } from 'zod'
import { currentUser, type SessionUser } from '#app/_auth/user'
import { webLog } from '#app/_server/log'
import { isSameSite } from '#app/_server/origin'
import { isId } from '#core/ids'
import { ApiProblem, invalidRequest, notFound, problem } from './problem.ts'

type Params = Record<string, string | string[] | undefined>

/** What a route's handler gets. */
export interface RouteContext<P extends Params> {
  request: NextRequest
  params: P
}

/** The same with the signed-in user. */
export interface UserRouteContext<P extends Params> extends RouteContext<P> {
  viewer: SessionUser
}

type Route<P extends Params> = (request: NextRequest, context: { params: Promise<P> }) => Promise<Response>

/** A route for everybody. Like all routes it refuses writes from other sites and answers failures in JSON. */
export function publicRoute<P extends Params = Params>(
  handler: (context: RouteContext<P>) => Promise<Response>,
): Route<P> {
  return async (request, context) => {
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD' && !isSameSite(request.headers))
        return problem(403, 'other_site', 'This request came from another site.')
      return await handler({ request, params: (await context.params) ?? {} })
    } catch (error) {
      return failureOf(error, request)
    }
  }
}

/** A route for those who are signed in; 401 for others. An `id` that cannot be one answers 404. */
export function userRoute<P extends Params = Params>(
  handler: (context: UserRouteContext<P>) => Promise<Response>,
): Route<P> {
  return publicRoute<P>(async (context) => {
    const viewer = await requireViewer()
    const { id } = context.params
    return typeof id === 'string' && !isId(id) ? notFound() : handler({ ...context, viewer })
  })
}

/** A route for admins; 403 for members. */
export function adminRoute<P extends Params = Params>(
  handler: (context: UserRouteContext<P>) => Promise<Response>,
): Route<P> {
  return userRoute<P>(async (context) => (context.viewer.role === 'admin' ? handler(context) : adminsOnly()))
}

/** The answer to a member who asks for what only admins may. */
export const adminsOnly = (): Response => problem(403, 'forbidden', 'Only admins may do this.')

/** The signed-in user, or an ApiProblem 401. */
export async function requireViewer(): Promise<SessionUser> {
  const user = await currentUser()
  if (!user) throw new ApiProblem(problem(401, 'signed_out', 'Sign in first.'))
  return user
}

function failureOf(error: unknown, request: NextRequest): Response {
  if (error instanceof ApiProblem) return error.response
  if (error instanceof ZodError) return invalidRequest(error)
  if (!request.signal.aborted)
    webLog().error({ err: error, method: request.method, path: request.nextUrl.pathname }, 'request failed')
  return problem(500, 'internal', 'Something went wrong on the server. Its log says more.')
}
