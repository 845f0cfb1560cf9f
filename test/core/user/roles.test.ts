import { expect, it } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { hasAdmin, listOpenInvitations } from '#core/user/data'
import { invite } from '#core/user/invitations'
import { changeRole, disableUser } from '#core/user/mutations'
import { findSession, startSession } from '#core/user/sessions'
import { atLeast } from '#core/viewer/viewer'
import { BROWSER, createUser } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

it('each role may do what those below it may', () => {
  const roles = ['member', 'operator', 'admin'] as const
  for (const [high, role] of roles.entries())
    for (const [low, needed] of roles.entries()) expect(atLeast(role, needed)).toBe(high >= low)
})

it('promotes and demotes, which ends the sessions and is written down', async () => {
  const [admin, user] = [await createUser('admin'), await createUser()]
  const session = (await startSession(user, BROWSER))!
  expect(await changeRole(user.id, 'operator', admin.id)).toBe('changed')
  expect(await findSession(session)).toBeNull()
  expect(await findSession((await startSession(user, BROWSER))!)).toMatchObject({ role: 'operator' })
  expect(await changeRole(user.id, 'operator', admin.id)).toBe('unchanged')
  expect(await changeRole(newId(), 'admin', admin.id)).toBe('not_found')
  expect(await db().auditEntry.findMany()).toMatchObject([
    {
      action: 'user.role',
      actorId: admin.id,
      subjectId: user.id,
      from: { role: 'member' },
      to: { role: 'operator' },
    },
  ])
})

it('takes the open invitations of an admin who is one no more', async () => {
  const [admin, other] = [await createUser('admin'), await createUser('admin')]
  await invite({ role: 'admin' }, other.id)
  expect(await changeRole(other.id, 'member', admin.id)).toBe('changed')
  expect(await listOpenInvitations()).toEqual([])
})

it('never loses the last admin', async () => {
  const [admin, second] = [await createUser('admin'), await createUser('admin')]
  expect(await changeRole(admin.id, 'member', admin.id)).toBe('yourself')
  expect(await changeRole(second.id, 'member', admin.id)).toBe('changed')
  expect(await changeRole(admin.id, 'operator', second.id)).toBe('last_admin')
  // Somebody disabled is no admin who could help.
  const third = await createUser('admin')
  await disableUser(third.id, admin)
  expect(await changeRole(admin.id, 'member', third.id)).toBe('last_admin')
  expect(await changeRole(third.id, 'member', admin.id)).toBe('changed')
})

it('two admins who demote, disable or delete each other at once leave one', async () => {
  for (let round = 0; round < 10; round++) {
    await db().user.updateMany({ data: { role: 'member' } })
    const [a, b] = [await createUser('admin'), await createUser('admin')]
    const outcomes = await Promise.all([
      changeRole(a.id, 'member', b.id),
      round % 2 ? changeRole(b.id, 'operator', a.id) : disableUser(b.id, a),
    ])
    expect(outcomes.filter((outcome) => outcome === 'last_admin')).toHaveLength(1)
    expect(await hasAdmin()).toBe(true)
  }
})
