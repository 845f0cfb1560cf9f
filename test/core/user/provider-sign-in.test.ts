import { beforeEach, describe, expect, it, vi } from 'vitest'
import { db } from '#core/db'
import { invite } from '#core/user/invitations'
import { disableUser } from '#core/user/mutations'
import { type Claims, nameOf, roleOf } from '#core/user/provider-claims'
import { providerSettings } from '#core/user/provider-settings'
import { signInByProvider } from '#core/user/provider-sign-in'
import { findSession, startSession } from '#core/user/sessions'
import { BROWSER, createUser } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const ISSUER = 'https://login.example.org'
const set = (settings: Record<string, string>) => {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(`OIDC_${name}`, value)
}
beforeEach(() =>
  set({ ISSUER, CLIENT_ID: 'greenroom', CLIENT_SECRET: 'secret', ALLOWED_DOMAINS: 'example.org' }),
)

const ADA = { iss: ISSUER, sub: 'ada', email: 'ada@example.org', email_verified: true, name: 'Ada' }
const enter = (claims: Partial<Claims> = {}) => signInByProvider({ ...ADA, ...claims }, BROWSER)
const outcomeOf = async (claims: Partial<Claims> = {}) => (await enter(claims)).outcome

async function signedIn(claims: Partial<Claims> = {}) {
  const result = await enter(claims)
  if (result.outcome !== 'signed_in') throw new Error(result.outcome)
  return result
}

describe('somebody whom the provider brings', () => {
  it('gets an account once, however many first sign-ins there are at a time, and comes back by issuer and subject', async () => {
    const results = await Promise.all([1, 2, 3].map(() => signedIn()))
    expect(new Set(results.map(({ user }) => user.id)).size).toBe(1)
    const again = await signedIn({ email: 'ada.king@example.org' })
    expect(again.user).toMatchObject({ id: results[0].user.id, email: 'ada@example.org', role: 'member' })
    expect(await db().user.count()).toBe(1)
    const joined = await db().auditEntry.findMany({ where: { action: 'user.join' } })
    expect(joined).toMatchObject([{ actorId: again.user.id, to: { role: 'member' } }])
  })

  it('gets the account with their address the first time, whose sessions end', async () => {
    const ada = await createUser('operator')
    const session = (await startSession(ada, BROWSER))!
    expect((await signedIn({ email: ada.email.toUpperCase() })).user).toMatchObject({
      id: ada.id,
      role: 'operator',
    })
    expect(await findSession(session)).toBeNull()
    expect(await db().auditEntry.count({ where: { action: 'user.provider_link', subjectId: ada.id } })).toBe(
      1,
    )
  })

  it('does not get the account of somebody who had their address before', async () => {
    const { user } = await signedIn()
    expect(await outcomeOf({ sub: 'another ada' })).toBe('other_person')
    const [refused] = await db().auditEntry.findMany({ where: { action: 'user.provider_refused' } })
    expect(refused).toMatchObject({ actorId: null, subjectId: user.id, to: { code: 'other_person' } })
  })

  it('needs an address that is verified, of an allowed domain, each time', async () => {
    await signedIn()
    for (const email_verified of [false, undefined, 'false', 1])
      expect(await outcomeOf({ email_verified })).toBe('unverified')
    expect(await outcomeOf({ email: undefined })).toBe('unverified')
    for (const email of [
      'a@mail.example.org',
      'a@evilexample.org',
      'a@example.org.evil.example',
      'a@evil.example',
    ])
      expect(await outcomeOf({ email })).toBe('wrong_domain')
    for (const iss of ['https://evil.example', `${ISSUER}.evil.example`, `${ISSUER}/x`])
      expect(await outcomeOf({ iss })).toBe('wrong_issuer')
    set({ ALLOWED_DOMAINS: '*' })
    expect(await outcomeOf({ sub: 'eve', email: 'eve@evil.example' })).toBe('signed_in')
  })

  it('needs an account or an invitation where no domain is allowed, and gets the role of that', async () => {
    set({ ALLOWED_DOMAINS: '' })
    expect(await outcomeOf()).toBe('no_account')
    const admin = await createUser('admin')
    await invite({ role: 'operator', email: 'ada@example.org', name: 'Ada L.' }, admin.id)
    expect((await signedIn()).user).toMatchObject({ name: 'Ada L.', role: 'operator' })
    expect(await db().invitation.count({ where: { usedAt: null } })).toBe(0)
    expect(await outcomeOf({ sub: 'bob', email: 'bob@example.org' })).toBe('no_account')
  })

  it('stays out while disabled, linked or not', async () => {
    const admin = await createUser('admin')
    const { user, token } = await signedIn()
    await disableUser(user.id, admin)
    expect([await findSession(token), await outcomeOf()]).toEqual([null, 'disabled'])
    const bea = await createUser()
    await disableUser(bea.id, admin)
    expect(await outcomeOf({ sub: 'bea', email: bea.email })).toBe('disabled')
    expect(await db().identity.count({ where: { userId: bea.id } })).toBe(0)
  })

  it('is not asked for a second factor here, which is the provider’s to ask for', async () => {
    vi.stubEnv('REQUIRE_TOTP', 'member')
    const { token, user } = await signedIn()
    expect(await findSession(token)).toMatchObject({ lacksSecondFactor: false })
    expect(await findSession((await startSession(user, BROWSER))!)).toMatchObject({ lacksSecondFactor: true })
  })
})

describe('a role by claim', () => {
  beforeEach(() => set({ ROLE_CLAIM: 'groups', ROLES: 'it=admin, render-ops=operator' }))

  it('is followed at each sign-in, which ends the sessions of the role before', async () => {
    await createUser('admin')
    const { user, token } = await signedIn({ groups: ['staff', 'it', 'render-ops'] })
    expect(user.role).toBe('admin')
    expect((await signedIn({ groups: 'render-ops' })).user.role).toBe('operator')
    expect(await findSession(token)).toBeNull()
    expect((await signedIn({ groups: [] })).user.role).toBe('member')
    const changes = await db().auditEntry.findMany({
      where: { action: 'user.role_by_provider' },
      orderBy: { id: 'asc' },
    })
    expect(changes).toMatchObject([
      { actorId: null, subjectId: user.id, from: { role: 'admin' }, to: { role: 'operator' } },
      { actorId: null, subjectId: user.id, from: { role: 'operator' }, to: { role: 'member' } },
    ])
  })

  it('does not take the last admin away', async () => {
    await signedIn({ groups: ['it'] })
    expect((await signedIn({ groups: [] })).user.role).toBe('admin')
    await signedIn({ sub: 'bea', email: 'bea@example.org', groups: ['it'] })
    expect((await signedIn({ groups: [] })).user.role).toBe('member')
  })

  it('is found by its whole name or by a path, and stands for itself where nothing says otherwise', () => {
    const role = (claims: object) => roleOf({ ...ADA, ...claims }, providerSettings()!)
    set({ ROLE_CLAIM: 'realm_access.roles', ROLES: '' })
    expect(role({ realm_access: { roles: ['operator', 'x'] } })).toBe('operator')
    for (const claims of [
      {},
      { realm_access: null },
      { realm_access: { roles: { admin: 'admin' } } },
      { roles: 'admin' },
    ])
      expect(role(claims)).toBe('member')
    set({ ROLE_CLAIM: 'https://example.org/roles', ROLES: 'cn=it,ou=x=admin'.replace(',', ';') })
    expect(role({ 'https://example.org/roles': ['cn=it;ou=x'] })).toBe('admin')
    vi.stubEnv('OIDC_ROLE_CLAIM', '')
    expect(role({ groups: ['admin'] })).toBeNull()
  })
})

it('says what is wrong with settings', () => {
  for (const [settings, words] of [
    [{ CLIENT_SECRET: '' }, 'OIDC_CLIENT_SECRET'],
    [{ ISSUER: '', CLIENT_ID: '', CLIENT_SECRET: '', ONLY: '1' }, 'OIDC_ISSUER'],
    [{ ISSUER: 'http://login.example.org' }, 'https'],
    [{ ROLES: 'it=boss' }, 'OIDC_ROLES'],
  ] as const) {
    vi.unstubAllEnvs()
    set({ ISSUER, CLIENT_ID: 'greenroom', CLIENT_SECRET: 'secret', ...settings })
    expect(providerSettings).toThrow(words)
  }
  vi.unstubAllEnvs()
  expect(providerSettings()).toBeNull()
})

it('calls a newcomer by what can be a name', () => {
  expect(nameOf({ ...ADA, name: 'Ada\u202e\n L.' }, 'a@b')).toBe('Ada L.')
  expect(nameOf({ ...ADA, name: '', preferred_username: 'ada' }, 'a@b')).toBe('ada')
  expect(nameOf({ ...ADA, name: undefined }, 'a@b')).toBe('a')
})
