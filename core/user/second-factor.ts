import { writeAudit } from '#core/audit/mutations'
import { db, type Tx, transact } from '#core/db'
import { forgiveCodes, forgivePresentPassword } from '#core/user/attempts'
import { checkPresentPassword, type PasswordRefusal } from '#core/user/present-password'
import { newRecoveryCodes, replaceRecoveryCodes, spendRecoveryCode } from '#core/user/recovery-codes'
import type { Proof } from '#core/user/schema'
import { seal, unseal } from '#core/user/sealed'
import { needsSecondFactor } from '#core/user/second-factor-rule'
import { endSessions } from '#core/user/sessions'
import { APP_CODE, base32, newTotpSecret, stepOf, totpAddress } from '#core/user/totp'
import type { User } from '#prisma/client'

type Asker = { id: string; sessionId: string }

/** Since when somebody signs in with a second factor, how many recovery codes they have left, and whether they must. */
export async function readSecondFactor(userId: string) {
  const { role, totpSince, _count } = await db().user.findUniqueOrThrow({
    where: { id: userId },
    select: { role: true, totpSince: true, _count: { select: { recoveryCodes: true } } },
  })
  return { since: totpSince, recoveryCodes: _count.recoveryCodes, required: needsSecondFactor(role) }
}

export type BeginOutcome = { outcome: 'begun'; secret: string; address: string } | { outcome: 'already_on' }

/** Makes a secret for an app: as text (base 32) and as the address that a QR code holds. It counts once confirmed. */
export async function beginTotp(userId: string): Promise<BeginOutcome> {
  const secret = newTotpSecret()
  const [user] = await db().user.updateManyAndReturn({
    where: { id: userId, totpSince: null },
    data: { totpSecret: seal(secret, userId), totpStep: 0 },
  })
  if (!user) return { outcome: 'already_on' }
  return { outcome: 'begun', secret: base32(secret), address: totpAddress(secret, user.email) }
}

export type ConfirmOutcome =
  | { outcome: 'on'; recoveryCodes: string[] }
  | { outcome: 'already_on' }
  | { outcome: 'wrong_code' }
  | PasswordRefusal

/** Turns the second factor on for whoever knows the password and has the app; their other sessions end. */
export async function confirmTotp(user: Asker, { password, code }: Proof): Promise<ConfirmOutcome> {
  const proven = await checkPresentPassword(user.id, password)
  if (proven.outcome !== 'right') return proven
  const { totpSecret, totpSince, passwordHash } = proven.user
  if (totpSince) return { outcome: 'already_on' }
  const secret = totpSecret && unseal(totpSecret, user.id)
  const step = secret ? stepOf(secret, bare(code), 0) : null
  if (step === null) return { outcome: 'wrong_code' }
  await forgivePresentPassword(user.id)
  const { codes, hashes } = await newRecoveryCodes()
  return transact<ConfirmOutcome>(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id: user.id, totpSecret, totpSince: null, passwordHash },
      data: { totpSince: new Date(), totpStep: step },
    })
    if (count === 0) return { outcome: 'wrong_code' }
    await replaceRecoveryCodes(tx, user.id, hashes)
    await endSessions(tx, user.id, { id: { not: user.sessionId } })
    await writeAudit(tx, { actorId: user.id, action: 'user.totp_on', subjectId: user.id })
    return { outcome: 'on', recoveryCodes: codes }
  })
}

export type ProofRefusal = PasswordRefusal | { outcome: 'wrong_code' } | { outcome: 'not_on' }

/** Makes new recovery codes; the earlier ones stop working. */
export async function renewRecoveryCodes(
  user: Asker,
  proof: Proof,
): Promise<{ outcome: 'renewed'; recoveryCodes: string[] } | ProofRefusal> {
  const proven = await proveBoth(user.id, proof)
  if (proven.outcome !== 'right') return proven
  const { codes, hashes } = await newRecoveryCodes()
  return transact(async (tx) => {
    if (!(await stillOn(tx, proven.user))) return { outcome: 'not_on' }
    await replaceRecoveryCodes(tx, user.id, hashes)
    await writeAudit(tx, { actorId: user.id, action: 'user.recovery_codes', subjectId: user.id })
    return { outcome: 'renewed', recoveryCodes: codes }
  })
}

/** Turns somebody's own second factor off, unless their role needs one. */
export async function switchOffTotp(
  user: Asker,
  proof: Proof,
): Promise<{ outcome: 'off' } | { outcome: 'required' } | ProofRefusal> {
  const proven = await proveBoth(user.id, proof)
  if (proven.outcome !== 'right') return proven
  if (needsSecondFactor(proven.user.role)) return { outcome: 'required' }
  return transact(async (tx) => {
    if (!(await stillOn(tx, proven.user))) return { outcome: 'not_on' }
    await remove(tx, user.id)
    await writeAudit(tx, { actorId: user.id, action: 'user.totp_off', subjectId: user.id })
    return { outcome: 'off' }
  })
}

export type ResetTotpOutcome = 'reset' | 'unchanged' | 'not_found' | 'yourself'

/**
 * Takes the second factor of somebody who lost it away, and ends their sessions. An admin's own needs password and
 * code: `actorId` is null where it is done in the terminal.
 */
export async function resetTotp(userId: string, actorId: string | null): Promise<ResetTotpOutcome> {
  if (userId === actorId) return 'yourself'
  await forgiveCodes(userId, null)
  return transact<ResetTotpOutcome>(async (tx) => {
    const user = await tx.user.findUnique({ where: { id: userId } })
    if (!user) return 'not_found'
    if (!(await stillOn(tx, user))) return 'unchanged'
    await remove(tx, userId)
    await endSessions(tx, userId)
    await writeAudit(tx, { actorId, action: 'user.totp_reset', subjectId: userId })
    return 'reset'
  })
}

/** The same for whoever has this address. */
export async function resetTotpFor(email: string): Promise<ResetTotpOutcome> {
  const user = await db().user.findUnique({ where: { email: email.trim().toLowerCase() } })
  return user ? resetTotp(user.id, null) : 'not_found'
}

/** Uses a code of the app or a recovery code up: each works once. Says which it was, or null for neither. */
export async function spendCode(user: User, code: string): Promise<'app' | 'recovery' | null> {
  const typed = bare(code)
  if (APP_CODE.test(typed)) return (await spendAppCode(user, typed)) ? 'app' : null
  return (await spendRecoveryCode(user.id, typed)) ? 'recovery' : null
}

/** Of two uses at once, one counts: the step of a used code only grows. */
async function spendAppCode({ id, totpSecret, totpStep }: User, code: string): Promise<boolean> {
  const secret = totpSecret && unseal(totpSecret, id)
  const step = secret ? stepOf(secret, code, totpStep) : null
  if (step === null) return false
  const { count } = await db().user.updateMany({
    where: { id, totpSecret, totpStep: { lt: step } },
    data: { totpStep: step },
  })
  return count === 1
}

async function proveBoth(
  userId: string,
  { password, code }: Proof,
): Promise<{ outcome: 'right'; user: User } | ProofRefusal> {
  const proven = await checkPresentPassword(userId, password)
  if (proven.outcome !== 'right') return proven
  if (!proven.user.totpSince) return { outcome: 'not_on' }
  if (!(await spendCode(proven.user, code))) return { outcome: 'wrong_code' }
  await forgivePresentPassword(userId)
  return proven
}

/** True while it is the same second factor; locks the user's row, so that it stays so. */
async function stillOn(tx: Tx, { id, totpSecret }: User): Promise<boolean> {
  const { count } = await tx.user.updateMany({
    where: { id, totpSecret, totpSince: { not: null } },
    data: { totpSecret },
  })
  return count === 1
}

async function remove(tx: Tx, userId: string): Promise<void> {
  await tx.user.update({ where: { id: userId }, data: { totpSecret: null, totpSince: null, totpStep: 0 } })
  await tx.recoveryCode.deleteMany({ where: { userId } })
}

/** Apps show codes in groups, and people type them so. */
const bare = (code: string): string => code.replace(/[\s-]/g, '').toLowerCase()
