import { expect, it } from 'vitest'
import { explain, type Refusal, refusalOf, statusOf, uploadRefusalOf } from '#core/limits/refusal'
import { queueLimits } from '#core/limits/schema'

const NOW = new Date('2026-11-24T18:30:00Z')
const unlimited = queueLimits.parse({
  ...{ maxWaiting: null, maxWaitingPerUser: null, minFreeDiskBytes: 0 },
  ...{ maxBytesPerUser: null, maxOpenUploadsPerUser: null },
})
const unused = { waiting: 0, waitingInAll: 0, gpuSeconds: 0, freeDiskBytes: 10, bytes: 0, openUploads: 0 }

it('allows what reaches a limit and refuses what exceeds it, with the figures', () => {
  const limits = { ...unlimited, maxWaitingPerUser: 5, maxWaiting: 8 }
  const answer = (usage: object, asked: number) => refusalOf(limits, { ...unused, ...usage }, asked, 0)
  expect(answer({ waiting: 2 }, 3)).toBeNull()
  expect(answer({ waiting: 3 }, 3)).toEqual({
    code: 'too_many_waiting',
    params: { waiting: 3, limit: 5, asked: 3 },
  })
  expect(answer({ waitingInAll: 7 }, 1)).toBeNull()
  expect(answer({ waitingInAll: 7 }, 2)).toEqual({
    code: 'queue_full',
    params: { waiting: 7, limit: 8, asked: 2 },
  })
  expect(refusalOf(unlimited, { ...unused, waiting: 1e6, waitingInAll: 1e6 }, 1e6, 1e9)).toBeNull()
})

it('keeps so many bytes of the disk free, to the byte', () => {
  expect(refusalOf({ ...unlimited, minFreeDiskBytes: 10 }, unused, 1, 0)).toBeNull()
  expect(refusalOf({ ...unlimited, minFreeDiskBytes: 11 }, unused, 1, 0)).toEqual({
    code: 'disk_low',
    params: { freeBytes: 10, minFreeBytes: 11 },
  })
})

it('lets an upload fill what somebody has, to the byte, and a full one send nothing more', () => {
  const limits = { ...unlimited, maxBytesPerUser: 100, maxOpenUploadsPerUser: 2 }
  const answer = (usage: object, asked: number) =>
    uploadRefusalOf(limits, { ...unused, freeDiskBytes: 1000, ...usage }, asked)
  expect(answer({ bytes: 60, openUploads: 1 }, 39)).toBeNull()
  expect(answer({ bytes: 60 }, 41)).toEqual({
    code: 'storage_full',
    params: { usedBytes: 60, askedBytes: 41, limitBytes: 100 },
  })
  expect(answer({ openUploads: 2 }, 1)).toEqual({ code: 'too_many_uploads', params: { open: 2, limit: 2 } })
  expect(answer({ freeDiskBytes: 10 }, 11)).toMatchObject({ code: 'disk_low', params: { freeBytes: 10 } })
  expect(refusalOf(limits, { ...unused, bytes: 99 }, 1, 0)).toBeNull()
  expect(refusalOf(limits, { ...unused, bytes: 100 }, 1, 0)).toMatchObject({ code: 'storage_full' })
})

it('says what a person can do, and to a program whether it is the disk', () => {
  const refusals: [Refusal, number, string][] = [
    [
      { code: 'queue_full', params: { waiting: 7, limit: 8, asked: 2 } },
      429,
      'The queue is full: 7 of 8 places are taken. Send fewer videos, or try again when some are done.',
    ],
    [
      { code: 'too_many_waiting', params: { waiting: 3, limit: 5, asked: 4 } },
      429,
      'You have 3 jobs waiting; with 4 more they would exceed 5. Send fewer, or wait until some are done.',
    ],
    [
      {
        code: 'gpu_quota_reached',
        params: { usedMinutes: 8, askedMinutes: 2, limitMinutes: 9, freesAt: 'noon' },
      },
      429,
      'Of your 9 GPU minutes a day 8 are used or spoken for, and this needs about 2. Send fewer videos, or come back at noon.',
    ],
    [
      { code: 'disk_low', params: { freeBytes: 1.25 * 2 ** 30, minFreeBytes: 2 ** 31 } },
      507,
      "The server's disk has 1.3 GiB left and keeps 2.0 GiB free. Ask an admin to free space, or delete batches and empty the trash.",
    ],
    [
      { code: 'storage_full', params: { usedBytes: 1.5e9, askedBytes: 2e6, limitBytes: 1.6e9 } },
      507,
      'Of your 1.6 GB 1.5 GB are used, and this file needs 2.0 MB. Delete batches or videos and empty the trash, or ask an admin for more room.',
    ],
    [
      { code: 'too_many_uploads', params: { open: 3, limit: 3 } },
      429,
      'You have 3 uploads under way, and 3 are allowed at a time. Wait until some are done, or cancel some.',
    ],
  ]
  for (const [refusal, status, text] of refusals)
    expect([statusOf(refusal), explain(refusal)]).toEqual([status, text])
  expect(() => explain({ code: 'full_moon' } as unknown as Refusal)).toThrow()
})

it('says when the GPU time of a day is given out anew', () => {
  const limits = { ...unlimited, gpuMinutesPerUserPerDay: 10 }
  expect(refusalOf(limits, { ...unused, gpuSeconds: 500 }, 1, 100, NOW)).toBeNull()
  expect(refusalOf(limits, { ...unused, gpuSeconds: 599 }, 1, 0, NOW)).toBeNull()
  // Of a day that is used up nothing is left for an upload either, whose cost nobody knows yet.
  expect(refusalOf(limits, { ...unused, gpuSeconds: 600 }, 1, 0, NOW)?.code).toBe('gpu_quota_reached')
  expect(refusalOf(limits, { ...unused, gpuSeconds: 500 }, 1, 101, NOW)).toEqual({
    code: 'gpu_quota_reached',
    params: { usedMinutes: 8, askedMinutes: 2, limitMinutes: 10, freesAt: '2026-11-25T00:00:00.000Z' },
  })
})
