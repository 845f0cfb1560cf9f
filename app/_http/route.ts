import type { NextRequest } from 'next/server'
import { ZodError, z } from 'zod'
import { currentUser, type SessionUser } from '#app/_auth/user'
import { askingOf } from '#app/_server/asking'
import { webLog } from '#app/_server/log'
import { addressOf, isSameSite } from '#app/_server/origin'
import { askedFrom } from '#core/audit/asking'
import { isId, newId } from '#core/ids'
import { noteRefusal } from '#core/user/refusals'
import { atLeast } from '#core/viewer/viewer'
import type { Role } from '#prisma/enums'
import { once } from './idempotency.ts'
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

/**
 * A route for everybody. Like all routes it refuses writes from other sites, makes a thing once under one
 * Idempotency-Key, and answers failures in JSON.
 */
export function publicRoute<P extends Params = Params>(
  handler: (context: RouteContext<P>) => Promise<Response>,
): Route<P> {
  return (request, context) =>
    askedFrom(askingOf(request.headers), async () => {
      const params = (await context.params) ?? ({} as P)
      const response = await answer(request, () =>
        once(request, (asked) => handler({ request: asked, params })),
      )
      if (response.status === 403) await writeRefusal(request, response)
      return withDefaults(response)
    })
}

async function answer(request: NextRequest, handle: () => Promise<Response>): Promise<Response> {
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD' && !isSameSite(request.headers))
      return problem(403, 'other_site', 'This request came from another site.')
    return await handle()
  } catch (error) {
    return failureOf(error, request)
  }
}

/** Writes down who was refused what. The answer goes out also where that fails. */
async function writeRefusal(request: NextRequest, response: Response): Promise<void> {
  try {
    const { code } = refusal.parse(await response.clone().json())
    const user = await currentUser()
    const { method, nextUrl } = request
    await noteRefusal({ userId: user?.id ?? null, method, path: nextUrl.pathname, code })
  } catch (error) {
    webLog().error({ err: error }, 'could not write down a refusal')
  }
}

const refusal = z.object({ code: z.string() })

/** What an answer says unless its route says otherwise: nothing on the way keeps it, and shown as a page it can do nothing. */
const DEFAULT_HEADERS = {
  'Cache-Control': 'private, no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
}

function withDefaults(response: Response): Response {
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(DEFAULT_HEADERS))
    if (!headers.has(name)) headers.set(name, value)
  return new Response(response.body, { status, statusText, headers })
}

/**
 * A route for those who are signed in; 401 for others, 403 for those who have to set up a second factor first. An `id`
 * that cannot be one answers 404.
 */
export function userRoute<P extends Params = Params>(
  handler: (context: UserRouteContext<P>) => Promise<Response>,
): Route<P> {
  return signedInRoute(requireViewer, handler)
}

/** The same, open to those who have to set up a second factor too: for what they need to do that. */
export function firstStepRoute<P extends Params = Params>(
  handler: (context: UserRouteContext<P>) => Promise<Response>,
): Route<P> {
  return signedInRoute(requireSession, handler)
}

function signedInRoute<P extends Params>(
  find: () => Promise<SessionUser>,
  handler: (context: UserRouteContext<P>) => Promise<Response>,
): Route<P> {
  return publicRoute<P>(async (context) => {
    const viewer = await find()
    const { id } = context.params
    return typeof id === 'string' && !isId(id) ? notFound() : handler({ ...context, viewer })
  })
}

/** A route for this role and those above it; 403 for others. */
const roleRoute =
  (needed: Role) =>
  <P extends Params = Params>(handler: (context: UserRouteContext<P>) => Promise<Response>): Route<P> =>
    userRoute<P>(async (context) =>
      atLeast(context.viewer.role, needed) ? handler(context) : forbidden(needed),
    )

/** A route for those who run the queue and the workers. */
export const operatorRoute = roleRoute('operator')

const aboutAccounts = roleRoute('admin')

/** A route for those who decide about accounts. What they change is in the log too. */
export const adminRoute = <P extends Params = Params>(
  handler: (context: UserRouteContext<P>) => Promise<Response>,
): Route<P> =>
  aboutAccounts<P>(async (context) => {
    const response = await handler(context)
    const { method, nextUrl, headers } = context.request
    if (method !== 'GET') {
      const by = { userId: context.viewer.id, address: addressOf(headers) }
      webLog().info({ ...by, method, path: nextUrl.pathname, status: response.status }, 'account change')
    }
    return response
  })

/** The answer to somebody who asks for what only that role may. */
export const forbidden = (needed: Role): Response =>
  problem(
    403,
    'forbidden',
    needed === 'admin' ? 'Only admins may do this.' : 'Only operators and admins may do this.',
    {
      role: needed,
    },
  )

/** The signed-in user, or an ApiProblem: 401, or 403 while they lack the second factor that their role needs. */
export async function requireViewer(): Promise<SessionUser> {
  const user = await requireSession()
  if (!user.lacksSecondFactor) return user
  throw new ApiProblem(
    problem(403, 'second_factor_missing', 'Set up two-step sign-in first; your role needs it.'),
  )
}

async function requireSession(): Promise<SessionUser> {
  const user = await currentUser()
  if (!user) throw new ApiProblem(problem(401, 'signed_out', 'Sign in first.'))
  return user
}

function failureOf(error: unknown, request: NextRequest): Response {
  if (error instanceof ApiProblem) return error.response
  if (error instanceof ZodError) return invalidRequest(error)
  const { method, nextUrl } = request
  const reference = newId().slice(0, 8)
  if (!request.signal.aborted)
    webLog().error({ reference, err: error, method, path: nextUrl.pathname }, 'request failed')
  const message = `Something went wrong on the server. Its log says more at ${reference}.`
  return problem(500, 'internal', message, { reference })
}
