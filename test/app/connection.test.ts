import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { SessionUser } from '#app/_auth/user'
import { Connection } from '#app/_events/connection'
import { type PageEvent, readPageEvent } from '#app/_events/page-event'
import type { QueueEvent } from '#core/events/events'
import { newId } from '#core/ids'

const HOUR = 3_600_000
const viewer = {
  ...{ id: newId(), role: 'member', sessionId: newId() },
  sessionEndsAt: new Date(Date.now() + HOUR),
} as SessionUser
const batchId = newId()
const closed = vi.fn()

let connection: Connection
let reader: ReadableStreamDefaultReader<Uint8Array>

beforeEach(() => {
  vi.useFakeTimers()
  connection = new Connection(viewer, closed)
  reader = connection.stream.getReader()
})

afterEach(() => {
  connection.close()
  vi.useRealTimers()
  vi.clearAllMocks()
})

/** What the page is sent next. */
const next = async () => new TextDecoder().decode((await reader.read()).value)

const events = (text: string): PageEvent[] =>
  [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => readPageEvent(data))

const changed = (jobId: string): QueueEvent => ({ kind: 'changed', ownerId: viewer.id, batchId, jobId })
const progress = (jobId: string, framesDone: number): QueueEvent => ({
  ...{ kind: 'progress', ownerId: viewer.id, batchId, jobId, device: 'cpu', stage: 'render' },
  ...{ fraction: framesDone / 100, framesDone, frames: 100, fps: 25 },
})

it('sends the first event at once and the next ones together after a quarter of a second', async () => {
  expect(await next()).toMatch(/^retry: 1000\nevent: hello/)
  const jobId = newId()
  connection.hear(progress(jobId, 1))
  expect(events(await next())).toMatchObject([{ framesDone: 1 }])
  connection.hear(progress(jobId, 2))
  connection.hear({ kind: 'control' })
  const later = next()
  vi.advanceTimersByTime(249)
  connection.hear(progress(jobId, 3))
  vi.advanceTimersByTime(1)
  expect(events(await later)).toMatchObject([{ framesDone: 3 }, { kind: 'control' }])
})

it('keeps the ids that several changes have in common', async () => {
  await next()
  connection.hear({ kind: 'control' })
  await next()
  const [a, b] = [newId(), newId()]
  connection.hear(changed(a))
  connection.hear(changed(b))
  connection.hear(progress(a, 1))
  connection.hear(progress(b, 2))
  vi.advanceTimersByTime(250)
  expect(events(await next())).toEqual([
    { kind: 'changed', batchId },
    expect.objectContaining({ jobId: a }),
    expect.objectContaining({ jobId: b }),
  ])
  connection.hear({ ...changed(a), batchId: newId() } as QueueEvent)
  connection.hear(changed(b))
  vi.advanceTimersByTime(250)
  expect(events(await next())).toEqual([{ kind: 'changed' }])
})

it('says every 15 seconds that it lives', async () => {
  await next()
  const beat = next()
  vi.advanceTimersByTime(15_000)
  expect(await beat).toBe(': alive\n\n')
})

it('sends a client that reads slowly the newest once it reads, and ends where nobody reads at all', async () => {
  const jobId = newId()
  // The greeting is unread: nothing more goes out.
  for (let frame = 1; frame <= 20; frame++) {
    connection.hear(progress(jobId, frame))
    vi.advanceTimersByTime(250)
  }
  await next()
  vi.advanceTimersByTime(250)
  expect(events(await next())).toMatchObject([{ framesDone: 20 }])
  expect(closed).not.toHaveBeenCalled()
  vi.advanceTimersByTime(15 * 15_000)
  expect(closed).toHaveBeenCalledOnce()
})

it('tells a page that it ends when it shall come back', async () => {
  await next()
  connection.close(60_000)
  expect(await next()).toBe('retry: 60000\n\n')
  expect((await reader.read()).done).toBe(true)
  expect(closed).toHaveBeenCalledOnce()
})
