import { afterEach, expect, it, vi } from 'vitest'
import { databaseNow } from '#core/clock'
import { closeDb, db } from '#core/db'
import { newId } from '#core/ids'
import { heartbeat, recoverLost, succeed } from '#core/render-job/lifecycle'
import { listWorkers } from '#core/worker/data'
import { beatWorker } from '#core/worker/workers'
import { runOnServer } from '#test/setup/database'
import { claimedJob, RESULT, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()

const HOUR = 3_600_000
const SILENT_MS = 20_000

afterEach(() => void vi.useRealTimers())

/** Sets this machine's clock, and nothing else: timers go on. */
const jump = (byMs: number) => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + byMs })

const recover = () => recoverLost({ silentMs: SILENT_MS, exceptWorkerId: newId() })

it.each([
  ['an hour ahead', HOUR],
  ['an hour behind', -HOUR],
])('a machine whose clock is %s neither loses its jobs nor takes those of others', async (_, byMs) => {
  const { job, claim, worker } = await claimedJob()
  jump(byMs)
  expect(await recover()).toEqual([])
  expect(await heartbeat(claim)).toBe('ok')
  await beatWorker(worker.id, { engines: [], rssBytes: 1 })
  expect(await listWorkers()).toMatchObject([{ id: worker.id, alive: true }])
  vi.useRealTimers()
  expect(await recover()).toEqual([])
  expect(Math.abs((await reload(job.id)).heartbeatAt!.getTime() - Date.now())).toBeLessThan(5000)
})

it('silence counts whatever the clock of the machine that looks', async () => {
  const { job } = await claimedJob()
  const heartbeatAt = new Date((await databaseNow()).getTime() - SILENT_MS - 1000)
  await db().renderJob.update({ where: { id: job.id }, data: { heartbeatAt } })
  jump(-HOUR)
  expect(await recover()).toMatchObject([{ jobId: job.id }])
})

it('a render costs the time that it took, not what the clock jumped', async () => {
  const { job, claim } = await claimedJob()
  jump(HOUR)
  expect(await succeed(claim, RESULT)).toBe(true)
  expect((await reload(job.id)).renderSeconds).toBeLessThan(10)
})

it('a Postgres that lives in another time zone has the same time', async () => {
  const name = new URL(database().url).pathname.slice(1)
  await runOnServer(`ALTER DATABASE ${name} SET timezone TO 'Asia/Shanghai'`)
  await closeDb()
  expect(Math.abs((await databaseNow()).getTime() - Date.now())).toBeLessThan(5000)
  const { job } = await claimedJob()
  await db().renderJob.update({ where: { id: job.id }, data: { queuedAt: new Date() } })
  const [{ age }] = await db().$queryRaw<{ age: number }[]>`
    SELECT extract(epoch FROM now() - "queuedAt")::float8 AS age FROM "RenderJob"`
  expect(Math.abs(age)).toBeLessThan(5)
  await runOnServer(`ALTER DATABASE ${name} RESET timezone`)
  await closeDb()
})
