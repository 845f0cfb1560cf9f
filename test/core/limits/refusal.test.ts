import { expect, it } from 'vitest'
import { refusalOf } from '#core/limits/refusal'
import { queueLimits } from '#core/limits/schema'

const NOW = new Date('2026-11-24T18:30:00Z')
const unlimited = queueLimits.parse({ maxWaiting: null, maxWaitingPerUser: null, minFreeDiskBytes: 0 })
const unused = { waiting: 0, waitingInAll: 0, gpuSeconds: 0, freeDiskBytes: 10 }

it('allows what reaches a limit and refuses what exceeds it', () => {
  const limits = { ...unlimited, maxWaitingPerUser: 5, maxWaiting: 8 }
  const codeOf = (usage: object, asked: number) => refusalOf(limits, { ...unused, ...usage }, asked, 0)?.code
  expect(codeOf({ waiting: 2 }, 3)).toBeUndefined()
  expect(codeOf({ waiting: 3 }, 3)).toBe('too_many_waiting')
  expect(codeOf({ waitingInAll: 7 }, 1)).toBeUndefined()
  expect(codeOf({ waitingInAll: 7 }, 2)).toBe('queue_full')
  expect(refusalOf(unlimited, { ...unused, waiting: 1e6, waitingInAll: 1e6 }, 1e6, 1e9)).toBeNull()
  expect(refusalOf({ ...unlimited, minFreeDiskBytes: 11 }, unused, 1, 0)?.code).toBe('disk_low')
})

it('says when the GPU time of a day is given out anew', () => {
  const limits = { ...unlimited, gpuMinutesPerUserPerDay: 10 }
  expect(refusalOf(limits, { ...unused, gpuSeconds: 500 }, 1, 100, NOW)).toBeNull()
  expect(refusalOf(limits, { ...unused, gpuSeconds: 500 }, 1, 101, NOW)).toEqual({
    code: 'gpu_quota_reached',
    params: { usedMinutes: 8, askedMinutes: 2, limitMinutes: 10, freesAt: '2026-11-25T00:00:00.000Z' },
  })
})
