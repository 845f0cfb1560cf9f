import { describe, expect, it } from 'vitest'
import { db } from '#core/db'
import { admitSignIn, countLink, forgiveSignIn, removeOldAttempts } from '#core/user/attempts'
import { networkOf } from '#core/user/network'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const email = 'ada@example.org'
const attempt = (address: string, device: string | null = null, of = email) =>
  admitSignIn({ address, email: of, device })

/** Wrong passwords from many networks, eight from each, until the account has seen so many. */
async function guess(times: number) {
  for (let n = 0; n < times; n++) await attempt(`198.51.${Math.floor(n / 8)}.1`)
}

describe('sign-ins', () => {
  it('105 from one address lock nobody else out: eight are looked at, and only they count', async () => {
    const outcomes = []
    for (let n = 0; n < 105; n++) outcomes.push(await attempt('198.51.100.7'))
    expect(outcomes.filter(({ admitted }) => admitted)).toHaveLength(8)
    expect(outcomes.filter(({ first }) => first)).toHaveLength(1)
    expect(await attempt('203.0.113.1')).toMatchObject({ admitted: true, delayMs: 0 })
    // Somebody else at the same address is not touched either.
    expect(await attempt('198.51.100.7', null, 'bob@example.org')).toMatchObject({ admitted: true })
  })

  it('at once are counted like those one after another', async () => {
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => attempt('198.51.100.7')))
    expect(outcomes.filter(({ admitted }) => admitted)).toHaveLength(8)
  })

  it('for many accounts from one network are stopped', async () => {
    const outcomes = []
    for (let n = 0; n < 60; n++) outcomes.push(await attempt('198.51.100.7', null, `${n}@example.org`))
    expect(outcomes.filter(({ admitted }) => admitted)).toHaveLength(50)
    const refused = outcomes.at(-1)!
    expect(!refused.admitted && refused.seconds).toBeGreaterThan(800)
  })

  it('from many networks are slowed down and never refused, but for a browser that knows the account', async () => {
    await guess(100)
    expect(await attempt('203.0.113.1')).toMatchObject({ admitted: true, delayMs: 100, first: true })
    expect(await attempt('203.0.113.2')).toMatchObject({ admitted: true, delayMs: 200, first: false })
    expect(await attempt('203.0.113.3', 'known')).toMatchObject({ admitted: true, delayMs: 0 })
    await db().rateLimit.updateMany({ data: { points: 100_000 } })
    expect(await attempt('203.0.113.4')).toMatchObject({ admitted: true, delayMs: 8000 })
  })

  it('from a browser that knows the account get through at an address that is refused', async () => {
    for (let n = 0; n < 9; n++) await attempt('198.51.100.7')
    expect(await attempt('198.51.100.7')).toMatchObject({ admitted: false })
    expect(await attempt('198.51.100.7', 'known')).toMatchObject({ admitted: true })
    // A stolen device cookie is worth eight tries.
    for (let n = 0; n < 7; n++) await attempt('198.51.100.7', 'known')
    expect(await attempt('198.51.100.7', 'known')).toMatchObject({ admitted: false })
  })

  it('that were right are forgiven', async () => {
    for (let round = 0; round < 30; round++) {
      const admission = await attempt('198.51.100.7')
      if (!admission.admitted) throw new Error('refused')
      await forgiveSignIn(admission)
    }
    expect(await attempt('198.51.100.7')).toMatchObject({ admitted: true })
  })

  it('are counted by the /64 of an IPv6 address', async () => {
    for (let n = 0; n < 8; n++) await attempt(`2001:db8:1:2:${n}::1`)
    expect(await attempt('2001:db8:1:2:ffff::9')).toMatchObject({ admitted: false })
    expect(await attempt('2001:db8:1:3::1')).toMatchObject({ admitted: true })
  })
})

describe('counters', () => {
  it('tell nobody whose they are, and are swept when their time is over', async () => {
    await attempt('198.51.100.7')
    await countLink('198.51.100.7')
    const rows = await db().rateLimit.findMany()
    expect(rows).toHaveLength(4)
    expect(JSON.stringify(rows.map(({ key }) => key))).not.toMatch(/198\.51|ada/)
    expect(await removeOldAttempts()).toBe(0)
    await db().rateLimit.updateMany({ data: { expire: Date.now() - 1 } })
    expect(await removeOldAttempts()).toBe(4)
    expect(await db().rateLimit.count()).toBe(0)
  })

  it('begin again when their time is over', async () => {
    for (let n = 0; n < 9; n++) await attempt('198.51.100.7')
    await db().rateLimit.updateMany({ data: { expire: Date.now() - 1 } })
    expect(await attempt('198.51.100.7')).toMatchObject({ admitted: true })
  })
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:5000', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:DB8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
  ['[2001:db8:a:b::1]:443', '2001:db8:a:b::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['unknown', 'unknown'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
