import { expect, it } from 'vitest'
import { listAudit } from '#core/audit/data'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { cancelJob } from '#core/render-job/actions/cancel'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { hasAdmin, listUsers } from '#core/user/data'
import { invite, join } from '#core/user/invitations'
import { disableUser, enableUser } from '#core/user/mutations'
import { findSession, startSession } from '#core/user/sessions'
import { BROWSER, claimedJob, createUser, queueJobs, reload } from '#test/setup/factories'
import { entriesOf, heard } from '#test/setup/observe'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()

it('ends the sessions and takes what waits out of the line; what runs goes on', async () => {
  const [admin, user, other] = [await createUser('admin'), await createUser(), await createUser()]
  const { job: running } = await claimedJob(user)
  const waiting = await queueJobs(user, 3)
  const [untouched] = await queueJobs(other, 1)
  expect((await listUsers()).map((listed) => listed.openJobs)).toEqual([0, 4, 1])
  const session = (await startSession(user, BROWSER))!
  expect(await findSession(session)).toMatchObject({ id: user.id })

  const events = await heard(database().url, async () =>
    expect(await disableUser(user.id, admin)).toBe('disabled'),
  )
  expect(events).toContainEqual({ kind: 'user', userId: user.id })
  expect(await findSession(session)).toBeNull()
  expect(await startSession(user, BROWSER)).toBeNull()
  for (const job of waiting) {
    expect((await reload(job.id)).state).toBe('cancelled')
    expect(await entriesOf(job.id)).toEqual([])
  }
  expect((await reload(running.id)).state).toBe('running')
  expect((await reload(untouched.id)).state).toBe('queued')
  const audit = await listAudit()
  expect(audit.map((entry) => [entry.action, entry.actorName])).toEqual([
    ...waiting.map(() => ['job.cancel', admin.name]),
    ['user.disable', admin.name],
  ])
})

it('does not give old sessions back when enabled again', async () => {
  const [admin, user] = [await createUser('admin'), await createUser()]
  const session = (await startSession(user, BROWSER))!
  await disableUser(user.id, admin)
  expect(await disableUser(user.id, admin)).toBe('unchanged')
  expect(await enableUser(user.id, admin.id)).toBe('enabled')
  expect(await enableUser(user.id, admin.id)).toBe('unchanged')
  expect(await findSession(session)).toBeNull()
  expect(await findSession((await startSession(user, BROWSER))!)).toMatchObject({ id: user.id })
  const audit = await listAudit()
  expect(audit.map((entry) => entry.action)).toEqual(['user.enable', 'user.disable'])
})

it('racing with a sign-in: no session is left that would come back with the account', async () => {
  const admin = await createUser('admin')
  for (let round = 0; round < 12; round++) {
    const user = await createUser()
    await Promise.all([startSession(user, BROWSER), disableUser(user.id, admin)])
    expect(await db().session.count({ where: { userId: user.id } })).toBe(0)
  }
})

it('finishes what a disabling that was cut off left in the line', async () => {
  const [admin, user] = [await createUser('admin'), await createUser()]
  const [job] = await queueJobs(user, 1)
  await db().user.update({ where: { id: user.id }, data: { disabledAt: new Date() } })
  expect(await disableUser(user.id, admin)).toBe('unchanged')
  expect((await reload(job.id)).state).toBe('cancelled')
})

it('protects the last admin, and whoever asks', async () => {
  const [admin, second] = [await createUser('admin'), await createUser('admin')]
  const session = (await startSession(admin, BROWSER))!
  expect(await disableUser(admin.id, admin)).toBe('yourself')
  expect(await disableUser(newId(), admin)).toBe('not_found')
  expect(await disableUser(second.id, admin)).toBe('disabled')
  expect(await disableUser(admin.id, second)).toBe('last_admin')
  expect(await findSession(session)).not.toBeNull()
})

it('two admins who disable each other at once leave one', async () => {
  for (let round = 0; round < 10; round++) {
    await db().user.updateMany({ data: { role: 'member' } })
    const [a, b] = [await createUser('admin'), await createUser('admin')]
    const outcomes = await Promise.all([disableUser(a.id, b), disableUser(b.id, a)])
    expect(outcomes.sort()).toEqual(['disabled', 'last_admin'])
    expect(await hasAdmin()).toBe(true)
  }
})

it('racing with a resubmit: nothing of theirs waits in the end', async () => {
  const admin = await createUser('admin')
  for (let round = 0; round < 12; round++) {
    const user = await createUser()
    const [job] = await queueJobs(user, 1)
    await cancelJob(job.id, user)
    const [outcome] = await Promise.all([resubmitJob(job.id, user), disableUser(user.id, admin)])
    expect(['queued', 'owner_disabled']).toContain(outcome)
    expect((await reload(job.id)).state).toBe('cancelled')
  }
})

it('many at once, with claims and cancels of their jobs, never deadlock', async () => {
  const admin = await createUser('admin')
  const users = await Promise.all(Array.from({ length: 6 }, () => createUser()))
  const jobs = (await Promise.all(users.map((user) => queueJobs(user, 4)))).flat()
  await Promise.all([
    ...users.map((user) => disableUser(user.id, admin)),
    ...jobs.map((job) => cancelJob(job.id, admin)),
  ])
  expect(await db().renderJob.count({ where: { state: 'cancelled' } })).toBe(jobs.length)
})

it("ends the invitations that a disabled admin had given out, and nobody else's", async () => {
  const [leaving, staying] = [await createUser('admin'), await createUser('admin')]
  const tokenOf = async (actorId: string) => {
    const result = await invite({ role: 'member' }, actorId)
    return result.outcome === 'invited' ? result : { token: result.outcome }
  }
  const [theirs, others] = [await tokenOf(leaving.id), await tokenOf(staying.id)]
  expect(await disableUser(leaving.id, staying)).toBe('disabled')
  const person = (token: string, email: string) => ({ token, email, name: 'New', password: 'long enough' })
  expect(await join(person(theirs.token, 'a@example.com'))).toEqual({ outcome: 'invalid_link' })
  expect(await join(person(others.token, 'b@example.com'))).toMatchObject({ outcome: 'joined' })
})
