import type { OAuthConfig } from 'next-auth/providers/oauth'
import type { Claims } from '#core/user/provider-claims'
import type { ProviderSettings } from '#core/user/provider-settings'

export const PROVIDER_ID = 'oidc'

/** Of next-auth's user until its session begins. */
export interface FromProvider {
  id: string
  claims: Claims
}

const TIMEOUT_MS = 10_000

/**
 * The OpenID provider for next-auth: code flow with PKCE, state and nonce. Address and roles come from the ID token, or
 * from userinfo, where many providers put them; what is signed in the token goes first.
 */
export function openIdProvider(settings: ProviderSettings): OAuthConfig<Claims> {
  return {
    id: PROVIDER_ID,
    name: settings.label,
    type: 'oauth',
    wellKnown: `${settings.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    clientId: settings.clientId,
    clientSecret: settings.clientSecret,
    authorization: { params: { scope: settings.scopes } },
    idToken: true,
    checks: ['pkce', 'state', 'nonce'],
    httpOptions: { timeout: TIMEOUT_MS },
    userinfo: {
      request: async ({ client, tokens }) => {
        const told = client.issuer.metadata.userinfo_endpoint ? await client.userinfo(tokens as never) : {}
        return { ...told, ...(tokens as unknown as { claims: () => Claims }).claims() }
      },
    },
    profile: (claims) => ({ id: claims.sub, claims }) as never,
  }
}
