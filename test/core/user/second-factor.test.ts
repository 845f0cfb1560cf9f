import { beforeEach, describe, expect, it, vi } from 'vitest'
import { db } from '#core/db'
import { createUser as createPerson } from '#core/user/mutations'
import { changePassword } from '#core/user/profile'
import { createResetLink, resetPassword } from '#core/user/reset'
import { seal, unseal } from '#core/user/sealed'
import {
  beginTotp,
  confirmTotp,
  readSecondFactor,
  renewRecoveryCodes,
  resetTotp,
  resetTotpFor,
  switchOffTotp,
} from '#core/user/second-factor'
import { findSession, startSession } from '#core/user/sessions'
import { signIn } from '#core/user/sign-in'
import { stepAt, totpCode } from '#core/user/totp'
import type { User } from '#prisma/client'
import type { Role } from '#prisma/enums'
import { BROWSER, createUser } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()
beforeEach(() => vi.stubEnv('NEXTAUTH_SECRET', 'only-for-tests-only-for-tests'))

const PASSWORD = 'correct horse battery'
const createAda = (role: Role = 'member') =>
  createPerson({ email: 'ada@example.org', name: 'Ada', password: PASSWORD, role })

/** The code of a secret in base 32, some steps from now. */
async function codeOf({ id }: User, off = 0): Promise<string> {
  const { totpSecret } = await db().user.findUniqueOrThrow({ where: { id } })
  return totpCode(unseal(totpSecret!, id)!, stepAt(Date.now()) + off)
}

const tryIn = async (code?: string, device: string | null = null, password = PASSWORD) =>
  (await signIn({ email: 'ada@example.org', password, code, ...BROWSER, device })).outcome

const fresh = ({ id }: User) => db().user.findUniqueOrThrow({ where: { id } })

async function askerOf(user: User) {
  const token = (await startSession(await fresh(user), BROWSER))!
  return { id: user.id, token, sessionId: (await findSession(token))!.sessionId }
}

/** Sets the second factor up. The code of now is used then; the next one is good already, whenever it becomes the present one. */
async function turnOn(user: User) {
  const asker = await askerOf(user)
  await beginTotp(user.id)
  const result = await confirmTotp(asker, { password: PASSWORD, code: await codeOf(user) })
  if (result.outcome !== 'on') throw new Error(result.outcome)
  return { asker, codes: result.recoveryCodes }
}

const audited = async (action: string) =>
  db().auditEntry.findMany({
    where: { action },
    orderBy: { id: 'asc' },
    select: { actorId: true, subjectId: true },
  })

describe('setting it up', () => {
  it('needs the password and a code, ends other sessions, and counts from then on', async () => {
    const ada = await createAda()
    const [here, other] = [await askerOf(ada), await askerOf(ada)]
    const begun = await beginTotp(ada.id)
    expect(begun).toMatchObject({ outcome: 'begun', secret: expect.stringMatching(/^[A-Z2-7]{32}$/) })
    expect(await tryIn()).toBe('signed_in')
    const [code, password] = [await codeOf(ada), PASSWORD]
    expect(await confirmTotp(here, { password: 'wrong', code })).toEqual({ outcome: 'wrong_password' })
    const off = await codeOf(ada, 5)
    expect(await confirmTotp(here, { password, code: off })).toEqual({ outcome: 'wrong_code' })
    expect(await confirmTotp(here, { password, code: `${code.slice(0, 3)} ${code.slice(3)}` })).toMatchObject(
      {
        outcome: 'on',
        recoveryCodes: expect.arrayContaining([expect.stringMatching(/^[0-9a-z]{5}-[0-9a-z]{5}$/)]),
      },
    )
    expect([await findSession(here.token), await findSession(other.token)]).toEqual([
      expect.objectContaining({ id: ada.id }),
      null,
    ])
    expect(await beginTotp(ada.id)).toEqual({ outcome: 'already_on' })
    expect(await confirmTotp(here, { password, code })).toEqual({ outcome: 'already_on' })
    expect(await audited('user.totp_on')).toEqual([{ actorId: ada.id, subjectId: ada.id }])
    expect(await readSecondFactor(ada.id)).toMatchObject({ since: expect.any(Date), recoveryCodes: 10 })
  })

  it('keeps nothing that whoever reads the database could use', async () => {
    const ada = await createAda()
    const begun = await beginTotp(ada.id)
    const { totpSecret } = await fresh(ada)
    const { codes } = await turnOn(ada)
    const kept = JSON.stringify([await fresh(ada), await db().recoveryCode.findMany()])
    for (const secret of [...codes, codes[0].replace('-', ''), 'secret' in begun ? begun.secret : ''])
      expect(kept).not.toContain(secret)
    const bea = await createUser()
    expect([unseal(totpSecret!, ada.id)?.length, unseal(totpSecret!, bea.id)]).toEqual([20, null])
    expect(unseal(seal(Buffer.from('x'), ada.id).replace(/^./, '*'), ada.id)).toBeNull()
    vi.stubEnv('NEXTAUTH_SECRET', 'the secret of another portal')
    expect(unseal(totpSecret!, ada.id)).toBeNull()
  })
})

describe('signing in with it', () => {
  it('asks for a code after the right password alone, and takes each code once', async () => {
    const ada = await createAda()
    await turnOn(ada)
    expect(await tryIn(undefined, null, 'wrong')).toBe('wrong')
    expect(await tryIn()).toBe('code_needed')
    expect(await tryIn(await codeOf(ada, -1))).toBe('wrong_code')
    expect(await tryIn(await codeOf(ada, 7))).toBe('wrong_code')
    const code = await codeOf(ada, 1)
    expect(await tryIn(code, null, 'wrong')).toBe('wrong')
    const outcomes = await Promise.all([1, 2, 3].map(() => tryIn(code)))
    expect(outcomes.sort()).toEqual(['signed_in', 'wrong_code', 'wrong_code'])
    expect(await audited('user.code_failed')).toHaveLength(4)
  })

  it('takes each recovery code once instead, also when the portal got another secret', async () => {
    const ada = await createAda()
    const { codes } = await turnOn(ada)
    vi.stubEnv('NEXTAUTH_SECRET', 'the secret of another portal')
    const outcomes = await Promise.all([1, 2, 3].map(() => tryIn(codes[3])))
    expect(outcomes.sort()).toEqual(['signed_in', 'wrong_code', 'wrong_code'])
    expect(await tryIn(codes[4].toUpperCase().replace('-', ' '))).toBe('signed_in')
    expect(await readSecondFactor(ada.id)).toMatchObject({ recoveryCodes: 8 })
  })

  it('stops guessing, which does not stop a browser that signed in before', async () => {
    const ada = await createAda()
    await turnOn(ada)
    const guesses = []
    for (let guess = 0; guess < 11; guess++) guesses.push(await tryIn('000000'))
    expect(guesses).toEqual([...Array(10).fill('wrong_code'), 'rate_limited'])
    expect(await tryIn(await codeOf(ada, 1))).toBe('rate_limited')
    expect(await tryIn(await codeOf(ada, 1), 'their own browser')).toBe('signed_in')
    expect(await audited('user.sign_in_limited')).toEqual([{ actorId: null, subjectId: ada.id }])
  })

  it('is possible again for its owner once they have a new password, by a link or otherwise', async () => {
    const ada = await createAda()
    const { asker } = await turnOn(ada)
    for (let guess = 0; guess < 11; guess++) await tryIn('000000')
    const [NEXT, LAST] = ['another battery, other horses', 'a third battery, no horses']
    expect((await changePassword(asker, { current: PASSWORD, password: NEXT })).outcome).toBe('changed')
    expect(await tryIn('000000', null, NEXT)).toBe('wrong_code')
    for (let guess = 0; guess < 11; guess++) await tryIn('000000', null, NEXT)
    const { token } = (await createResetLink(ada.id, null))!
    await resetPassword({ token, password: LAST })
    expect(await tryIn(undefined, null, LAST)).toBe('code_needed')
    expect(await tryIn(await codeOf(ada, 1), null, LAST)).toBe('signed_in')
  })

  it('is not got around by a session that began while it was set up', async () => {
    const ada = await createAda()
    const before = await fresh(ada)
    await turnOn(ada)
    expect(await startSession(before, BROWSER)).toBeNull()
  })
})

describe('changing it', () => {
  it('needs password and code: new recovery codes, and turning it off', async () => {
    const ada = await createAda()
    const { asker, codes } = await turnOn(ada)
    const proofs = [
      { password: 'wrong', code: codes[0] },
      { password: PASSWORD, code: '000000' },
    ]
    for (const [change, refusal] of [
      [renewRecoveryCodes, ['wrong_password', 'wrong_code']],
      [switchOffTotp, ['wrong_password', 'wrong_code']],
    ] as const)
      expect([(await change(asker, proofs[0])).outcome, (await change(asker, proofs[1])).outcome]).toEqual(
        refusal,
      )
    const renewed = await renewRecoveryCodes(asker, { password: PASSWORD, code: await codeOf(ada, 1) })
    expect(renewed).toMatchObject({ outcome: 'renewed' })
    expect(await tryIn(codes[1])).toBe('wrong_code')
    const [code] = 'recoveryCodes' in renewed ? renewed.recoveryCodes : []
    expect(await switchOffTotp(asker, { password: PASSWORD, code })).toEqual({ outcome: 'off' })
    expect(await tryIn()).toBe('signed_in')
    expect(await readSecondFactor(ada.id)).toMatchObject({ since: null, recoveryCodes: 0 })
    expect(await switchOffTotp(asker, { password: PASSWORD, code })).toEqual({ outcome: 'not_on' })
  })

  it('can’t be guessed at by whoever has a session and the password', async () => {
    const { asker } = await turnOn(await createAda())
    const outcomes = []
    for (let guess = 0; guess < 9; guess++)
      outcomes.push((await switchOffTotp(asker, { password: PASSWORD, code: '000000' })).outcome)
    expect(outcomes).toEqual([...Array(8).fill('wrong_code'), 'rate_limited'])
  })

  it('is another admin’s to do for whoever lost theirs, or the terminal’s, and ends the sessions', async () => {
    const [ada, admin] = [await createAda('admin'), await createUser('admin')]
    const { asker } = await turnOn(ada)
    expect(await resetTotp(ada.id, ada.id)).toBe('yourself')
    expect(await resetTotp(ada.id, admin.id)).toBe('reset')
    expect(await findSession(asker.token)).toBeNull()
    expect(await tryIn()).toBe('signed_in')
    expect(await resetTotp(ada.id, admin.id)).toBe('unchanged')
    await turnOn(ada)
    expect([await resetTotpFor(' ADA@example.org'), await resetTotpFor('bob@example.org')]).toEqual([
      'reset',
      'not_found',
    ])
    expect(await audited('user.totp_reset')).toEqual([
      { actorId: admin.id, subjectId: ada.id },
      { actorId: null, subjectId: ada.id },
    ])
  })
})

describe('where a role needs it', () => {
  it('marks the sessions of those who lack it, and lets nobody turn it off', async () => {
    vi.stubEnv('REQUIRE_TOTP', 'operator')
    const ada = await createAda('admin')
    const lacks = async (user: User) => (await findSession((await askerOf(user)).token))?.lacksSecondFactor
    expect([await lacks(await createUser()), await lacks(await createUser('operator'))]).toEqual([
      false,
      true,
    ])
    expect(await lacks(ada)).toBe(true)
    const { asker, codes } = await turnOn(ada)
    expect(await lacks(ada)).toBe(false)
    expect(await switchOffTotp(asker, { password: PASSWORD, code: codes[0] })).toEqual({
      outcome: 'required',
    })
  })
})
