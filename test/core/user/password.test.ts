import { beforeEach, expect, it, vi } from 'vitest'
import { db } from '#core/db'
import { createUser } from '#core/user/mutations'
import { hashPassword, passwordMatches } from '#core/user/password'
import { isWeakPassword } from '#core/user/password-strength'
import { joinRequest } from '#core/user/schema'
import { signIn } from '#core/user/sign-in'
import { BROWSER } from '#test/setup/factories'
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

const attempt = (email: string, password: string) => signIn({ email, password, ...BROWSER, device: null })

it('lets in whoever knows address and password', async () => {
  const ada = await createAda()
  expect(await attempt('ada@example.org', PASSWORD)).toMatchObject({ user: { id: ada.id } })
  expect(await attempt('ada@example.org', `${PASSWORD}!`)).toEqual({ outcome: 'wrong' })
  expect(await attempt('ada@example.org', '')).toEqual({ outcome: 'wrong' })
})

it('lets no disabled user in, and looks at their password all the same', async () => {
  const ada = await createAda()
  await db().user.update({ where: { id: ada.id }, data: { disabledAt: new Date() } })
  expect(await attempt('ada@example.org', PASSWORD)).toEqual({ outcome: 'wrong' })
  expect(verified).toHaveBeenCalledTimes(1)
})

it('verifies a whole hash for an unknown address, at the cost of a real one', async () => {
  const ada = await createAda()
  expect(await attempt('nobody@example.org', PASSWORD)).toEqual({ outcome: 'wrong' })
  expect(await attempt('ada@example.org', 'a wrong password')).toEqual({ outcome: 'wrong' })
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

it.each([
  '1234567890',
  'password123',
  'qwertyuiop',
  '1q2w3e4r5t',
  'aaaaaaaaaaaa',
  'football2024',
  'Greenroom2026',
  'adaadaada!',
  'ada@example.org',
])('calls %s weak', async (password) => {
  expect(await isWeakPassword(password, { name: 'Ada', email: 'ada@example.org' })).toBe(true)
})

it.each([PASSWORD, 'hjK3-9sd-Lq', '我们去公园散步吧今天'])('calls %s good enough', async (password) => {
  expect(await isWeakPassword(password, { name: 'Ada', email: 'ada@example.org' })).toBe(false)
})
