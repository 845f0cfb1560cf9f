import pino from 'pino'
import { afterEach, expect, test } from 'vitest'
import { db } from '#core/db'
import { newId } from '#core/ids'
import { cancelJob } from '#core/render-job/actions/cancel'
import type { ClaimedJob } from '#core/render-job/lifecycle'
import { claimedJob, createUser, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'
import { NEVER_MS } from '#test/setup/worker'
import { abortReason } from '#worker/abort'
import { watchOver } from '#worker/watch'

setUpPortal()

let stop = () => {}
afterEach(() => stop())

const AT_WORK = { stage: 'render', fraction: 0.1, framesDone: 1 } as never

function watchClaim(claim: ClaimedJob, { stallMs = 60_000, jobBeatMs = 20 } = {}) {
  const controller = new AbortController()
  const log = pino({ level: 'silent' })
  const watch = watchOver(claim, { controller, stallMs, timings: { jobBeatMs }, log })
  stop = watch.stop
  return { watch, reason: () => abortReason(controller.signal) }
}

async function watchOne(options?: { stallMs: number; jobBeatMs?: number }) {
  const owner = await createUser()
  const { job, claim } = await claimedJob(owner)
  return { owner, job, claim, ...watchClaim(claim, options) }
}

const giveToAnother = (id: string) => db().renderJob.update({ where: { id }, data: { claimToken: newId() } })

test('a running job says again and again that it is alive', async () => {
  const { job, reason } = await watchOne()
  for (let beat = 0; beat < 3; beat++) {
    const { heartbeatAt } = await reload(job.id)
    await expect
      .poll(async () => (await reload(job.id)).heartbeatAt!.getTime())
      .toBeGreaterThan(heartbeatAt!.getTime())
  }
  expect(reason()).toBeNull()
})

test('a cancel that no notification told of is heard of with the next beat', async () => {
  const { job, owner, reason } = await watchOne()
  await cancelJob(job.id, owner)
  await expect.poll(reason).toBe('cancelled')
})

test('so is a lost claim', async () => {
  const { job, reason } = await watchOne()
  await giveToAnother(job.id)
  await expect.poll(reason).toBe('fenced')
})

test('a render whose progress does not move is stopped, though it is told again and again', async () => {
  const { watch, reason } = await watchOne({ stallMs: 1000 })
  const telling = setInterval(() => watch.sawProgress(AT_WORK), 10)
  await expect.poll(reason).toBe('timeout')
  clearInterval(telling)
})

test('one that may stand still for less time than there is between two beats is looked at more often', async () => {
  const { reason } = await watchOne({ stallMs: 50, jobBeatMs: NEVER_MS })
  await expect.poll(reason).toBe('timeout')
})

test('after the end of its job nothing beats any more', async () => {
  const { job, claim, watch, reason } = await watchOne()
  watch.stop()
  const other = watchClaim(claim)
  await giveToAnother(job.id)
  await expect.poll(other.reason).toBe('fenced')
  expect(reason()).toBeNull()
})
