import pino from 'pino'
import { afterEach, expect, test } from 'vitest'
import { cancelJob } from '#core/render-job/actions/cancel'
import { recoverLost } from '#core/render-job/lifecycle'
import { claimedJob, createUser, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'
import { abortReason } from '#worker/abort'
import { watchOver } from '#worker/watch'

setUpPortal()

let stop = () => {}
afterEach(() => stop())

const AT_WORK = { stage: 'render', fraction: 0.1, framesDone: 1 } as never

async function watchOne({ stallMs = 60_000, jobBeatMs = 20 } = {}) {
  const owner = await createUser()
  const { job, claim } = await claimedJob(owner)
  const controller = new AbortController()
  const log = pino({ level: 'silent' })
  const watch = watchOver(claim, { controller, stallMs, timings: { jobBeatMs }, log })
  stop = watch.stop
  return { owner, job, watch, reason: () => abortReason(controller.signal) }
}

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
  await recoverLost({ workerIds: [(await reload(job.id)).workerId!] })
  await expect.poll(reason).toBe('fenced')
})

test('a render whose progress does not move is stopped, though it is told again and again', async () => {
  const { watch, reason } = await watchOne({ stallMs: 100 })
  const telling = setInterval(() => watch.sawProgress(AT_WORK), 10)
  await expect.poll(reason).toBe('timeout')
  clearInterval(telling)
})

test('after the end of its job nothing beats any more', async () => {
  const { job, watch, reason } = await watchOne()
  watch.stop()
  await recoverLost({ workerIds: [(await reload(job.id)).workerId!] })
  const other = await watchOne()
  await recoverLost({ workerIds: [(await reload(other.job.id)).workerId!] })
  await expect.poll(other.reason).toBe('fenced')
  expect(reason()).toBeNull()
})
