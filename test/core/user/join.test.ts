import { describe, expect, it } from 'vitest'
import { db } from '#core/db'
import { findInvitation, hasAdmin, listOpenInvitations } from '#core/user/data'
import { createSetupToken, invite, join, withdrawInvitation } from '#core/user/invitations'
import { disableUser } from '#core/user/mutations'
import { joinRequest } from '#core/user/schema'
import type { Role } from '#prisma/enums'
import { createUser } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

async function invitation(role: Role, actorId: string, whose: { email?: string; name?: string } = {}) {
  const result = await invite({ role, ...whose }, actorId)
  if (result.outcome !== 'invited') throw new Error(result.outcome)
  return result
}

const person = (token: string, email = 'ada@example.org') => ({
  token,
  name: 'Ada',
  email,
  password: 'a long enough password',
})

describe('an invitation', () => {
  it('makes one account with the role it was made for, and is written down without its secret', async () => {
    const admin = await createUser('admin')
    const { id, token, expiresAt } = await invitation('member', admin.id)
    const hours = (expiresAt.getTime() - Date.now()) / 3_600_000
    expect(hours).toBeGreaterThan(71.9)
    expect(hours).toBeLessThanOrEqual(72)
    expect(JSON.stringify(await db().invitation.findMany())).not.toContain(token)
    expect(await findInvitation(token)).toMatchObject({ id, role: 'member' })
    expect(await listOpenInvitations()).toMatchObject([{ id, createdBy: { name: admin.name } }])

    const result = await join(person(token))
    expect(result).toMatchObject({ outcome: 'joined', user: { email: 'ada@example.org', role: 'member' } })
    expect(await findInvitation(token)).toBeNull()
    expect(await listOpenInvitations()).toEqual([])
    expect(await join(person(token, 'second@example.org'))).toEqual({ outcome: 'invalid_link' })
    const audit = await db().auditEntry.findMany({ orderBy: { id: 'asc' } })
    expect(audit.map((entry) => entry.action)).toEqual(['user.invite', 'user.join'])
    expect(JSON.stringify(audit, (_key, value) => (typeof value === 'bigint' ? 0 : value))).not.toContain(
      token,
    )
  })

  it('lets one of several at once in', async () => {
    const admin = await createUser('admin')
    const { token } = await invitation('member', admin.id)
    const emails = ['a@example.org', 'b@example.org', 'c@example.org', 'd@example.org']
    const results = await Promise.all(emails.map((email) => join(person(token, email))))
    expect(results.map((result) => result.outcome).sort()).toEqual([
      ...['invalid_link', 'invalid_link', 'invalid_link', 'joined'],
    ])
    expect(await db().user.count()).toBe(2)
  })

  it('ends after three days; an unknown one never began', async () => {
    const admin = await createUser('admin')
    const { id, token } = await invitation('admin', admin.id)
    await db().invitation.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } })
    expect(await findInvitation(token)).toBeNull()
    expect(await join(person(token))).toEqual({ outcome: 'invalid_link' })
    expect(await join(person('no such token, but long enough'))).toEqual({ outcome: 'invalid_link' })
    expect(await listOpenInvitations()).toEqual([])
  })

  it('can be used again when the address was taken, whatever its case', async () => {
    const admin = await createUser('admin')
    const { token } = await invitation('member', admin.id)
    await db().user.update({ where: { id: admin.id }, data: { email: 'ada@example.org' } })
    const request = joinRequest.parse(person(token, '  ADA@Example.org '))
    expect(await join(request)).toEqual({ outcome: 'email_taken' })
    expect(await findInvitation(token)).not.toBeNull()
    expect(await join(person(token, 'other@example.org'))).toMatchObject({ outcome: 'joined' })
  })

  it('ends with the account of the admin who made it', async () => {
    const [admin, other] = [await createUser('admin'), await createUser('admin')]
    const { token } = await invitation('admin', other.id)
    expect(await disableUser(other.id, admin)).toBe('disabled')
    expect(await join(person(token))).toEqual({ outcome: 'invalid_link' })
  })
})

describe('an invitation for somebody', () => {
  it('can be used with their address alone, and says whose it is', async () => {
    const admin = await createUser('admin')
    const { token, id } = await invitation('operator', admin.id, { email: 'ada@example.org', name: 'Ada L' })
    expect(await listOpenInvitations()).toMatchObject([{ id, email: 'ada@example.org', name: 'Ada L' }])
    expect(await join(person(token, 'eve@example.org'))).toEqual({ outcome: 'wrong_email' })
    expect(await findInvitation(token)).toMatchObject({ email: 'ada@example.org' })
    expect(await join(person(token))).toMatchObject({ outcome: 'joined', user: { role: 'operator' } })
    expect(await invite({ role: 'member', email: 'ada@example.org' }, admin.id)).toEqual({
      outcome: 'email_taken',
    })
  })

  it('is worth nothing once it is withdrawn; one that was used can’t be', async () => {
    const admin = await createUser('admin')
    const { id, token } = await invitation('member', admin.id)
    expect(await withdrawInvitation(id, admin.id)).toBe(true)
    expect(await withdrawInvitation(id, admin.id)).toBe(false)
    expect(await join(person(token))).toEqual({ outcome: 'invalid_link' })
    const used = await invitation('member', admin.id)
    await join(person(used.token))
    expect(await withdrawInvitation(used.id, admin.id)).toBe(false)
  })

  it('lets nobody in with a password that is easy to guess, and can be used again then', async () => {
    const admin = await createUser('admin')
    const { token } = await invitation('member', admin.id)
    expect(await join({ ...person(token), password: '1234567890' })).toEqual({ outcome: 'weak_password' })
    expect(await join(person(token))).toMatchObject({ outcome: 'joined' })
  })
})

describe('the set-up link', () => {
  it('makes the first admin, once', async () => {
    expect(await hasAdmin()).toBe(false)
    const token = (await createSetupToken())!
    expect(await findInvitation(token)).toMatchObject({ role: 'admin', createdById: null })
    expect(await listOpenInvitations()).toEqual([])
    expect(await join(person(token))).toMatchObject({ outcome: 'joined', user: { role: 'admin' } })
    expect(await hasAdmin()).toBe(true)
    expect(await createSetupToken()).toBeNull()
    expect(await join(person(token, 'second@example.org'))).toEqual({ outcome: 'invalid_link' })
  })

  it('is replaced by a newer one, and ends after a day', async () => {
    const old = (await createSetupToken())!
    const token = (await createSetupToken())!
    expect(await join(person(old))).toEqual({ outcome: 'invalid_link' })
    const { expiresAt } = await db().invitation.findFirstOrThrow()
    expect((expiresAt.getTime() - Date.now()) / 3_600_000).toBeLessThanOrEqual(24)
    await db().invitation.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } })
    expect(await join(person(token))).toEqual({ outcome: 'invalid_link' })
  })

  it('ends when there is an admin, however they came', async () => {
    const token = (await createSetupToken())!
    await createUser('admin')
    expect(await findInvitation(token)).toBeNull()
    expect(await join(person(token))).toEqual({ outcome: 'invalid_link' })
    expect(await db().user.count()).toBe(1)
  })

  it('made several times at once: one works, for one', async () => {
    const tokens = await Promise.all([1, 2, 3, 4].map(() => createSetupToken()))
    const uses = tokens.flatMap((token, index) =>
      [1, 2].map((n) => person(token!, `${index}-${n}@example.org`)),
    )
    const results = await Promise.all(uses.map((use) => join(use)))
    expect(results.filter((result) => result.outcome === 'joined').length).toBe(1)
    expect(await db().user.count()).toBe(1)
  })

  it('still works where only members and a disabled admin are', async () => {
    await createUser()
    const gone = await createUser('admin')
    await db().user.update({ where: { id: gone.id }, data: { disabledAt: new Date() } })
    expect(await join(person((await createSetupToken())!))).toMatchObject({ outcome: 'joined' })
  })
})
