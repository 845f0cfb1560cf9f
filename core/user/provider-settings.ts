import { z } from 'zod'
import { flag, readEnvironment } from '#core/env'
import type { Role } from '#prisma/enums'

const ISSUER =
  'must be the address of the OpenID provider, such as https://login.example.com, without its .well-known'
const ROLES = 'must be pairs of value=role, separated by commas, such as it=admin,render-ops=operator'

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []))

/** The last = parts value and role, as values may hold some. */
const rolePair = z
  .string()
  .regex(/^.+=(member|operator|admin)$/, ROLES)
  .transform((pair) => {
    const at = pair.lastIndexOf('=')
    return [pair.slice(0, at).trim(), pair.slice(at + 1) as Role] as const
  })

const EACH_ITSELF = 'admin=admin,operator=operator,member=member'

const schema = z
  .object({
    OIDC_ISSUER: z.url(ISSUER).refine(isSafe, 'must begin with https://').optional(),
    OIDC_CLIENT_ID: z.string().optional(),
    OIDC_CLIENT_SECRET: z.string().optional(),
    /** What the button calls the provider. */
    OIDC_LABEL: z.string().default('OpenID'),
    OIDC_SCOPES: z.string().default('openid email profile'),
    /** Whose addresses may come in, and get an account at their first sign-in; `*` for all. */
    OIDC_ALLOWED_DOMAINS: list.transform((domains) => domains.map((domain) => domain.toLowerCase())),
    OIDC_ROLE_CLAIM: z.string().optional(),
    OIDC_ROLES: list
      .transform((pairs) => (pairs.length > 0 ? pairs : EACH_ITSELF.split(',')))
      .pipe(z.array(rolePair)),
    OIDC_ONLY: flag,
  })
  .superRefine((given, context) => {
    const core = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const
    if (!given.OIDC_ONLY && core.every((name) => given[name] === undefined)) return
    for (const name of core.filter((name) => given[name] === undefined))
      context.addIssue({ code: 'custom', path: [name], message: 'must be set too for sign-in with OpenID' })
  })

export interface ProviderSettings {
  issuer: string
  clientId: string
  clientSecret: string
  label: string
  scopes: string
  /** Lower case. None: only those who have an account or an invitation come in. */
  domains: string[]
  roleClaim: string | null
  roles: Map<string, Role>
}

/** The OpenID provider that people may sign in with, or null. Throws an Error for settings that can't be. */
export function providerSettings(): ProviderSettings | null {
  const given = readEnvironment(schema)
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = given
  if (!issuer || !clientId || !clientSecret) return null
  return {
    ...{ issuer, clientId, clientSecret, label: given.OIDC_LABEL, scopes: given.OIDC_SCOPES },
    domains: given.OIDC_ALLOWED_DOMAINS,
    roleClaim: given.OIDC_ROLE_CLAIM ?? null,
    roles: new Map(given.OIDC_ROLES),
  }
}

/** True where people sign in through the provider alone. */
export const passwordsAreOff = (): boolean => readEnvironment(schema).OIDC_ONLY

/** Secrets go over TLS, unless they stay on this machine. */
function isSafe(address: string): boolean {
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
