import { describe, expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { createUser as createPerson } from '#core/user/mutations'
import { createResetLink, createResetLinkFor, findReset, requestReset, resetPassword } from '#core/user/reset'
import { findSession, startSession } from '#core/user/sessions'
import { signIn } from '#core/user/sign-in'
import { BROWSER, createUser } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const [OLD, NEW] = ['correct horse battery', 'another battery, other horses']
const createAda = () => createPerson({ email: 'ada@example.org', name: 'Ada', password: OLD, role: 'member' })
const tryIn = async (password: string) =>
  (await signIn({ email: 'ada@example.org', password, ...BROWSER, device: null })).outcome

describe('a link for a new password', () => {
  it('sets it once, ends all sessions, and is kept without its secret', async () => {
    const [ada, admin] = [await createAda(), await createUser('admin')]
    const session = (await startSession(ada, BROWSER))!
    const { token, expiresAt } = (await createResetLink(ada.id, admin.id))!
    const hours = (expiresAt.getTime() - Date.now()) / 3_600_000
    expect([hours > 23.9, hours <= 24]).toEqual([true, true])
    expect(JSON.stringify(await db().passwordReset.findMany())).not.toContain(token)
    expect(await findReset(token)).toEqual({ name: 'Ada', email: 'ada@example.org' })
    expect(await resetPassword({ token, password: NEW })).toEqual({ outcome: 'reset', userId: ada.id })
    expect(await findSession(session)).toBeNull()
    expect([await tryIn(OLD), await tryIn(NEW)]).toEqual(['wrong', 'signed_in'])
    expect(await resetPassword({ token, password: OLD })).toEqual({ outcome: 'invalid_link' })
    const audit = await db().auditEntry.findMany({
      where: { action: { startsWith: 'user.reset' } },
      orderBy: { id: 'asc' },
    })
    expect(audit).toMatchObject([
      { action: 'user.reset_link', actorId: admin.id, subjectId: ada.id },
      { action: 'user.reset', actorId: ada.id, subjectId: ada.id },
    ])
  })

  it('works for one of several at once', async () => {
    const ada = await createAda()
    const { token } = (await createResetLink(ada.id, null))!
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => resetPassword({ token, password: NEW })))
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      ...['invalid_link', 'invalid_link', 'invalid_link', 'reset'],
    ])
  })

  it('ends when it is too old, and when a newer one is made', async () => {
    const ada = await createAda()
    const old = (await createResetLink(ada.id, null))!
    const { token } = (await createResetLink(ada.id, null))!
    expect(await resetPassword({ token: old.token, password: NEW })).toEqual({ outcome: 'invalid_link' })
    await db().passwordReset.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } })
    expect(await findReset(token)).toBeNull()
    expect(await resetPassword({ token, password: NEW })).toEqual({ outcome: 'invalid_link' })
    expect(await tryIn(OLD)).toBe('signed_in')
  })

  it('takes no password that is easy to guess, and can be used again then', async () => {
    const ada = await createAda()
    const { token } = (await createResetLink(ada.id, null))!
    expect(await resetPassword({ token, password: 'password123' })).toEqual({ outcome: 'weak_password' })
    expect(await resetPassword({ token, password: NEW })).toMatchObject({ outcome: 'reset' })
  })

  it('lets nobody in who is disabled', async () => {
    const ada = await createAda()
    const { token } = (await createResetLink(ada.id, null))!
    await db().user.update({ where: { id: ada.id }, data: { disabledAt: new Date() } })
    await resetPassword({ token, password: NEW })
    expect(await tryIn(NEW)).toBe('wrong')
  })

  it('is made for known people alone', async () => {
    expect(await createResetLink(newId(), null)).toBeNull()
    expect(await createResetLinkFor('nobody@example.org')).toBeNull()
    await createAda()
    expect(await createResetLinkFor(' ADA@example.org ')).not.toBeNull()
  })
})

it('asked for by mail, it lasts an hour and comes three times an hour at most', async () => {
  const ada = await createAda()
  const { token, expiresAt } = (await requestReset('ada@example.org'))!
  expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(3_600_000)
  for (let n = 0; n < 2; n++) expect(await requestReset('ada@example.org')).not.toBeNull()
  const last = await db().passwordReset.findMany()
  expect(await requestReset('ada@example.org')).toBeNull()
  // Whoever asks for too many does not take the last link away.
  expect(await db().passwordReset.findMany()).toEqual(last)
  expect(await findReset(token)).toBeNull()
  expect(await requestReset('nobody@example.org')).toBeNull()
  await db().rateLimit.deleteMany()
  await db().user.update({ where: { id: ada.id }, data: { disabledAt: new Date() } })
  expect(await requestReset('ada@example.org')).toBeNull()
})
