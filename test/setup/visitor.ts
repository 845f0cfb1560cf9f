import { randomBytes } from 'node:crypto'
import { createUser } from '#core/user/mutations'
import type { User } from '#prisma/client'
import type { Role } from '#prisma/enums'

export const PASSWORD = 'correct horse battery'

/** Somebody with a browser's cookies. */
export type Visitor = {
  cookies: Map<string, string>
  fetch: (path: string, init?: RequestInit) => Promise<Response>
}

/** A visitor who is not signed in. */
export function visitor(origin: string): Visitor {
  const cookies = new Map<string, string>()
  return {
    cookies,
    async fetch(path, init = {}) {
      const headers = new Headers(init.headers)
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
      const response = await fetch(`${origin}${path}`, { redirect: 'manual', ...init, headers })
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (name) cookies.set(name, value)
      }
      return response
    },
  }
}

/** Tries to sign in; `error` is what the sign-in page would get, null when it worked. */
export async function signIn(
  who: Visitor,
  email: string,
  password: string,
  headers: Record<string, string> = {},
  code?: string,
): Promise<{ error: string | null; response: Response }> {
  const { csrfToken } = (await (await who.fetch('/api/auth/csrf', { headers })).json()) as {
    csrfToken: string
  }
  const body = new URLSearchParams({ csrfToken, email, password, json: 'true', ...(code && { code }) })
  const response = await who.fetch('/api/auth/callback/credentials', { method: 'POST', body, headers })
  const { url } = (await response.json()) as { url: string }
  return { error: new URL(url).searchParams.get('error'), response }
}

export type Member = Visitor & { user: User }

/** A fresh user who is signed in. */
export async function signedIn(origin: string, role: Role = 'member'): Promise<Member> {
  const email = `${role}-${randomBytes(4).toString('hex')}@example.org`
  const user = await createUser({ email, name: role, password: PASSWORD, role })
  const who = visitor(origin)
  const { error } = await signIn(who, email, PASSWORD)
  if (error) throw new Error(`Could not sign in: ${error}`)
  return { ...who, user }
}

/** Sends JSON. */
export const json = (method: string, body: unknown = {}): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json' },
})
