import { afterEach, describe, expect, it, vi } from 'vitest'
import { db, transact } from '#core/db'
import {
  endSession,
  endSessions,
  findSession,
  findSessionById,
  listSessions,
  removeEndedSessions,
  sessionLimits,
  startSession,
} from '#core/user/sessions'
import type { User } from '#prisma/client'
import { BROWSER, createUser } from '#test/setup/factories'
import { heard } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()
afterEach(() => vi.unstubAllEnvs())

const HOUR = 3_600_000
const ago = (ms: number) => new Date(Date.now() - ms)

async function start(user: User) {
  const token = (await startSession(user, BROWSER))!
  const { sessionId } = (await findSession(token))!
  return { token, id: sessionId }
}

describe('a session', () => {
  it('is kept without its secret', async () => {
    const user = await createUser()
    const { token } = await start(user)
    expect(await findSession(token)).toMatchObject({ id: user.id, role: 'member' })
    expect(JSON.stringify(await db().session.findMany())).not.toContain(token)
    expect(await findSession(`${token}x`)).toBeNull()
  })

  it('ends at a sign-out, once, and says so to open pages', async () => {
    const user = await createUser()
    const [here, there] = [await start(user), await start(user)]
    const events = await heard(database().url, async () => {
      expect(await endSession(here.token)).toBe(user.id)
      expect(await endSession(here.token)).toBeNull()
    })
    expect(events).toEqual([{ kind: 'user', userId: user.id }])
    expect(await findSession(here.token)).toBeNull()
    expect(await findSession(there.token)).not.toBeNull()
  })

  it('ends twelve hours after the last visit', async () => {
    const { token, id } = await start(await createUser())
    await db().session.update({ where: { id }, data: { lastSeenAt: ago(12 * HOUR - 60_000) } })
    expect(await findSession(token)).not.toBeNull()
    await db().session.update({ where: { id }, data: { lastSeenAt: ago(12 * HOUR) } })
    expect(await findSession(token)).toBeNull()
    expect(await findSessionById(id)).toBeNull()
  })

  it('ends after thirty days, however often it is visited', async () => {
    const { token, id } = await start(await createUser())
    await db().session.update({ where: { id }, data: { createdAt: ago(30 * 24 * HOUR - 60_000) } })
    const session = (await findSession(token))!
    expect(session.sessionEndsAt.getTime() - Date.now()).toBeLessThanOrEqual(60_000)
    await db().session.update({ where: { id }, data: { createdAt: ago(30 * 24 * HOUR) } })
    expect(await findSession(token)).toBeNull()
  })

  it('ends when the settings say, for those that began before too', async () => {
    const { token, id } = await start(await createUser())
    await db().session.update({
      where: { id },
      data: { lastSeenAt: ago(2 * HOUR), createdAt: ago(50 * HOUR) },
    })
    vi.stubEnv('SESSION_IDLE_HOURS', '1.5')
    expect(await findSession(token)).toBeNull()
    vi.stubEnv('SESSION_IDLE_HOURS', '3')
    vi.stubEnv('SESSION_DAYS', '2')
    expect(await findSession(token)).toBeNull()
    vi.stubEnv('SESSION_DAYS', '3')
    expect(await findSession(token)).not.toBeNull()
    vi.stubEnv('SESSION_DAYS', 'many')
    expect(() => sessionLimits()).toThrow(/^SESSION_DAYS: /)
  })

  it('counts a request as a visit, and an open page that looks again as none', async () => {
    const { token, id } = await start(await createUser())
    const before = ago(HOUR)
    await db().session.update({ where: { id }, data: { lastSeenAt: before } })
    const seen = async () => (await db().session.findUniqueOrThrow({ where: { id } })).lastSeenAt
    await findSessionById(id)
    expect(await seen()).toEqual(before)
    await findSession(token)
    expect((await seen()).getTime()).toBeGreaterThan(before.getTime())
  })

  it('does not begin with a password that is old by then', async () => {
    const user = await createUser()
    await db().user.update({ where: { id: user.id }, data: { passwordHash: 'another' } })
    expect(await startSession(user, BROWSER)).toBeNull()
  })
})

describe('the sessions of a user', () => {
  it('are listed while they last, the last seen first', async () => {
    const user = await createUser()
    const [first, second, old] = [await start(user), await start(user), await start(user)]
    await start(await createUser())
    await db().session.update({ where: { id: second.id }, data: { lastSeenAt: ago(HOUR) } })
    await db().session.update({ where: { id: old.id }, data: { lastSeenAt: ago(13 * HOUR) } })
    expect(await listSessions(user.id)).toMatchObject([
      { id: first.id, ...BROWSER },
      { id: second.id, ...BROWSER },
    ])
  })

  it('end one by one, or all but one', async () => {
    const [user, other] = [await createUser(), await createUser()]
    const [a, b, c, theirs] = [await start(user), await start(user), await start(user), await start(other)]
    expect(await transact((tx) => endSessions(tx, user.id, { id: theirs.id }))).toBe(0)
    expect(await transact((tx) => endSessions(tx, user.id, { id: a.id }))).toBe(1)
    expect(await findSession(a.token)).toBeNull()
    expect(await transact((tx) => endSessions(tx, user.id, { id: { not: b.id } }))).toBe(1)
    expect(await findSession(c.token)).toBeNull()
    expect(await findSession(b.token)).not.toBeNull()
    expect(await findSession(theirs.token)).not.toBeNull()
  })

  it('are removed when they have ended by themselves', async () => {
    const user = await createUser()
    const [fresh, idle, old] = [await start(user), await start(user), await start(user)]
    await db().session.update({ where: { id: idle.id }, data: { lastSeenAt: ago(12 * HOUR) } })
    await db().session.update({ where: { id: old.id }, data: { createdAt: ago(31 * 24 * HOUR) } })
    expect(await removeEndedSessions()).toBe(2)
    expect(await db().session.findMany()).toMatchObject([{ id: fresh.id }])
  })
})
