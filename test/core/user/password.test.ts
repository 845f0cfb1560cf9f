import { beforeEach, expect, it, vi } from 'vitest'
import { db } from '#core/db'
import { findUserByPassword } from '#core/user/data'
import { createUser } from '#core/user/mutations'
import { hashPassword, passwordMatches } from '#core/user/password'
import { joinRequest } from '#core/user/schema'
import { setUpPortal } from '#test/setup/portal'

const verified = vi.hoisted(() => vi.fn())
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>()
  const verify: typeof real.verify = async (hash, password) => {
    const matches = await real.verify(hash, password)
    verified(hash, matches)
    return matches
  }
  return { ...real, verify }
})

setUpPortal()
beforeEach(() => verified.mockClear())

const PASSWORD = 'correct horse battery'

const createAda = () =>
  createUser({ email: 'Ada@Example.org', name: 'Ada', password: PASSWORD, role: 'member' })

it('finds a user by address and password, whatever the case of the address', async () => {
  const ada = await createAda()
  expect(await findUserByPassword(' ADA@example.org ', PASSWORD)).toMatchObject({ id: ada.id })
  expect(await findUserByPassword('ada@example.org', `${PASSWORD}!`)).toBeNull()
  expect(await findUserByPassword('ada@example.org', '')).toBeNull()
})

it('finds no disabled user', async () => {
  const ada = await createAda()
  await db().user.update({ where: { id: ada.id }, data: { disabledAt: new Date() } })
  expect(await findUserByPassword('ada@example.org', PASSWORD)).toBeNull()
  expect(verified).toHaveBeenCalledTimes(1)
})

it('verifies a whole hash for an unknown address, at the cost of a real one', async () => {
  const ada = await createAda()
  expect(await findUserByPassword('nobody@example.org', PASSWORD)).toBeNull()
  expect(await findUserByPassword('ada@example.org', 'a wrong password')).toBeNull()
  // A malformed hash would throw before any work was done, and not be counted here.
  expect(verified).toHaveBeenCalledTimes(2)
  const cost = (hash: string) => hash.split('$').slice(0, 4).join('$')
  const [[unknown], [wrong]] = verified.mock.calls as [string, boolean][]
  expect(wrong).toBe(ada.passwordHash)
  expect(cost(unknown)).toBe(cost(wrong))
  expect(cost(wrong)).toBe('$argon2id$v=19$m=19456,t=2,p=1')
})

it('salts: one password has two hashes, and each matches', async () => {
  const [first, second] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)]
  expect(first).not.toBe(second)
  expect(await passwordMatches(first, PASSWORD)).toBe(true)
  expect(await passwordMatches(second, PASSWORD)).toBe(true)
  expect(await passwordMatches('not a hash', PASSWORD)).toBe(false)
  expect(await passwordMatches(null, PASSWORD)).toBe(false)
})

it('refuses addresses and passwords that would not do', () => {
  const good = { token: 'x'.repeat(43), name: 'Ada', email: 'ada@example.org', password: PASSWORD }
  expect(joinRequest.safeParse(good).success).toBe(true)
  for (const bad of [
    { password: 'too short' },
    { email: 'ada' },
    { email: 'a b@c' },
    { name: ' ' },
    { token: '' },
  ])
    expect(joinRequest.safeParse({ ...good, ...bad }).success).toBe(false)
})
