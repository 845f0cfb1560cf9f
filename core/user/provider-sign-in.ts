import { askedFrom } from '#core/audit/asking'
import { writeAudit } from '#core/audit/mutations'
import { db, type Tx, transact } from '#core/db'
import { lockAdmins } from '#core/user/admins'
import { giveRole } from '#core/user/mutations'
import { type Claims, domainIsAllowed, nameOf, roleOf, verifiedEmail } from '#core/user/provider-claims'
import { type ProviderSettings, providerSettings } from '#core/user/provider-settings'
import { endSessions, type SignedInFrom, startSession } from '#core/user/sessions'
import type { User } from '#prisma/client'
import type { Role } from '#prisma/enums'

/** Why somebody whom the provider knows may not come in. */
export type ProviderRefusal =
  | 'wrong_issuer'
  | 'unverified'
  | 'wrong_domain'
  | 'no_account'
  /** The account with this address belongs to another person at the provider, who had the address before. */
  | 'other_person'
  | 'disabled'

export type ProviderOutcome =
  | { outcome: 'signed_in'; user: User; token: string }
  | { outcome: ProviderRefusal }

type Found = { outcome: 'found'; user: User } | { outcome: ProviderRefusal; user?: User }

/**
 * Starts a session for whom the provider's claims name, which next-auth has checked: signature, audience, nonce, times.
 * An account belongs to issuer and subject; the first time it is found by its address, or made. The role follows the
 * claims each time, except that the last admin stays one.
 */
export const signInByProvider = (claims: Claims, from: SignedInFrom): Promise<ProviderOutcome> =>
  askedFrom(from, () => trySignIn(claims, from))

async function trySignIn(claims: Claims, from: SignedInFrom): Promise<ProviderOutcome> {
  const result = await find(claims, providerSettings())
  if (result.outcome !== 'found') {
    const { outcome: code, user } = result
    await writeAudit(db(), {
      actorId: null,
      action: 'user.provider_refused',
      subjectId: user?.id,
      to: { code },
    })
    return { outcome: code }
  }
  const { user } = result
  const token = await startSession(user, { ...from, byProvider: true })
  if (!token) return { outcome: 'disabled' }
  await writeAudit(db(), { actorId: user.id, action: 'user.sign_in', subjectId: user.id })
  return { outcome: 'signed_in', user, token }
}

async function find(claims: Claims, settings: ProviderSettings | null): Promise<Found> {
  if (!settings || bare(claims.iss) !== bare(settings.issuer)) return { outcome: 'wrong_issuer' }
  const email = verifiedEmail(claims)
  if (!email) return { outcome: 'unverified' }
  if (!domainIsAllowed(email, settings)) return { outcome: 'wrong_domain' }
  const role = roleOf(claims, settings)
  return transact<Found>(async (tx) => {
    // Of two first sign-ins at once, one makes the account.
    await lockAdmins(tx)
    const found = (await findLinked(tx, claims)) ?? (await link(tx, claims, email))
    if (!found) return welcome(tx, claims, { email, role, everybody: settings.domains.length > 0 })
    if (found.outcome !== 'found') return found
    const { user } = found
    if (user.disabledAt) return { outcome: 'disabled', user }
    if (role && role !== user.role)
      await giveRole(tx, user, role, { actorId: null, action: 'user.role_by_provider' })
    return { outcome: 'found', user: await tx.user.findUniqueOrThrow({ where: { id: user.id } }) }
  })
}

async function findLinked(tx: Tx, { iss: issuer, sub: subject }: Claims): Promise<Found | null> {
  const identity = await tx.identity.findUnique({
    where: { issuer_subject: { issuer, subject } },
    include: { user: true },
  })
  return identity && { outcome: 'found', user: identity.user }
}

/** Links the account with this address. Whoever was in it before is signed out. */
async function link(tx: Tx, { iss: issuer, sub: subject }: Claims, email: string): Promise<Found | null> {
  const user = await tx.user.findUnique({ where: { email }, include: { identities: { where: { issuer } } } })
  if (!user) return null
  if (user.disabledAt) return { outcome: 'disabled', user }
  if (user.identities.length > 0) return { outcome: 'other_person', user }
  await tx.identity.create({ data: { issuer, subject, userId: user.id } })
  await endSessions(tx, user.id)
  await writeAudit(tx, { actorId: user.id, action: 'user.provider_link', subjectId: user.id })
  return { outcome: 'found', user }
}

/** Makes an account for a newcomer: for one of an allowed domain, or who has an invitation, which gives the role then. */
async function welcome(
  tx: Tx,
  claims: Claims,
  { email, role, everybody }: { email: string; role: Role | null; everybody: boolean },
): Promise<Found> {
  const [invitation] = await tx.invitation.updateManyAndReturn({
    where: { email, usedAt: null, expiresAt: { gt: new Date() } },
    data: { usedAt: new Date() },
  })
  if (!invitation && !everybody) return { outcome: 'no_account' }
  const { iss: issuer, sub: subject } = claims
  const user = await tx.user.create({
    data: {
      ...{
        email,
        name: invitation?.name ?? nameOf(claims, email),
        role: role ?? invitation?.role ?? 'member',
      },
      identities: { create: { issuer, subject } },
    },
  })
  const to = { role: user.role }
  await writeAudit(tx, { actorId: user.id, action: 'user.join', subjectId: user.id, to })
  return { outcome: 'found', user }
}

/** Providers don't agree with their own documents about the last slash. */
const bare = (issuer: string): string => issuer.replace(/\/$/, '')
