import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { freePort } from '#bin/process/free-port'
import { type Visitor, visitor } from '#test/setup/visitor'

export const CLIENT = { id: 'greenroom', secret: 'only-for-tests-only-for-tests-only' }

/** What the provider says of somebody, by what they type as their name there. */
export type People = Record<string, Record<string, unknown>>

export interface OpenIdServer {
  issuer: string
  /** The same server at another address, which still says that it is `issuer`. */
  disguise: string
  close: () => Promise<void>
}

/** Where the provider and its disguise will be, for the settings of a portal that starts before them. */
export async function openIdAddresses(): Promise<{ issuer: string; disguise: string }> {
  const [issuer, disguise] = [await freePort(), await freePort()]
  return { issuer: `http://127.0.0.1:${issuer}`, disguise: `http://127.0.0.1:${disguise}` }
}

/** A real OpenID provider, for the portals at `origins`, which insists on PKCE and knows `people`; any password will do. */
export async function startOpenId(
  { issuer, disguise }: { issuer: string; disguise: string },
  origins: string[],
  people: People,
): Promise<OpenIdServer> {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: origins.map((origin) => `${origin}/api/auth/callback/oidc`),
      },
    ],
    claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: ['only for tests'] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, ...people[id] }),
    }),
  })
  const servers = [issuer, disguise].map((address) =>
    createServer(provider.callback()).listen(Number(new URL(address).port), '127.0.0.1'),
  )
  return {
    issuer,
    disguise,
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

/** Asks the portal where to sign in, as the button does. */
export async function askForProvider(who: Visitor): Promise<URL> {
  const { csrfToken } = (await (await who.fetch('/api/auth/csrf')).json()) as { csrfToken: string }
  const body = new URLSearchParams({ csrfToken, callbackUrl: '/history', json: 'true' })
  const answer = await who.fetch('/api/auth/signin/oidc', { method: 'POST', body })
  return new URL(((await answer.json()) as { url: string }).url)
}

/** Signs somebody in at the provider and agrees to everything. Returns where it sends their browser then. */
export async function consent(start: URL, name: string): Promise<URL> {
  const who = visitor(start.origin)
  let next = start
  while (next.origin === start.origin) {
    const [path, query] = [next.pathname, next.search]
    let answer = await who.fetch(`${path}${query}`)
    if (answer.status === 200) {
      const prompt = /name="prompt" value="(\w+)"/.exec(await answer.text())?.[1] ?? ''
      const body = new URLSearchParams({ prompt, login: name, password: 'any' })
      answer = await who.fetch(path, { method: 'POST', body })
    }
    const location = answer.headers.get('location')
    if (!location) throw new Error(`The provider answered ${answer.status}: ${await answer.text()}`)
    next = new URL(location, start)
  }
  return next
}
