import type { ProviderSettings } from '#core/user/provider-settings'
import { email, personName } from '#core/user/schema'
import { atLeast } from '#core/viewer/viewer'
import type { Role } from '#prisma/enums'

/** What an OpenID provider says of somebody: the ID token's claims, and those of its userinfo. */
export type Claims = Record<string, unknown> & { iss: string; sub: string }

/** The address that the provider has verified, in small letters, or null. Some say true as a text. */
export function verifiedEmail(claims: Claims): string | null {
  const verified = claims.email_verified === true || claims.email_verified === 'true'
  return verified ? (email.safeParse(claims.email).data ?? null) : null
}

/** True where the settings let addresses of this domain in. Subdomains are domains of their own. */
export const domainIsAllowed = (address: string, { domains }: Pick<ProviderSettings, 'domains'>): boolean =>
  domains.length === 0 ||
  domains.includes('*') ||
  domains.includes(address.slice(address.lastIndexOf('@') + 1))

/**
 * The role that the claims give: the highest of the values' roles, member where none has one; null where no claim is to
 * decide. The claim's name may be a path with dots, unless there is one of that very name.
 */
export function roleOf(claims: Claims, { roleClaim, roles }: ProviderSettings): Role | null {
  if (roleClaim === null) return null
  const found = Object.hasOwn(claims, roleClaim) ? claims[roleClaim] : atPath(claims, roleClaim.split('.'))
  const given = [found].flat().flatMap((value) => roles.get(String(value)) ?? [])
  return given.reduce<Role>((highest, role) => (atLeast(role, highest) ? role : highest), 'member')
}

/** What to call a newcomer. */
export function nameOf(claims: Claims, address: string): string {
  const known = [claims.name, claims.preferred_username, address.split('@')[0]]
  return known.flatMap((name) => personName.safeParse(name).data ?? [])[0] ?? address.slice(0, 80)
}

const atPath = (claims: unknown, [first, ...rest]: string[]): unknown => {
  if (first === undefined) return claims
  return typeof claims === 'object' && claims !== null && Object.hasOwn(claims, first)
    ? atPath((claims as Record<string, unknown>)[first], rest)
    : undefined
}
