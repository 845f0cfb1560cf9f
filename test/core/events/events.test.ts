import { expect, it, vi } from 'vitest'
import { db } from '#core/db'
import { announce, type Listener, listen, type QueueEvent } from '#core/events/events'
import { setUpPortal } from '#test/setup/portal'

const { database } = setUpPortal()

async function listening(work: (seen: QueueEvent[], onConnect: ReturnType<typeof vi.fn>) => Promise<void>) {
  const seen: QueueEvent[] = []
  const onConnect = vi.fn()
  const listener: Listener = await listen(database().url, (event) => seen.push(event), onConnect)
  try {
    await work(seen, onConnect)
  } finally {
    await listener.close()
  }
}

const listeners = () => db().$queryRaw<{ pid: number }[]>`
  SELECT pid FROM pg_stat_activity
  WHERE application_name = 'greenroom-listen' AND datname = current_database()`

it('tells of an event when its transaction commits, and of none that was taken back', async () => {
  await listening(async (seen, onConnect) => {
    expect(onConnect).toHaveBeenCalledTimes(1)
    const failed = db().$transaction(async (tx) => {
      await announce(tx, { kind: 'cancel', jobId: 'taken back' })
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await db().$transaction(async (tx) => {
      await announce(tx, { kind: 'cancel', jobId: 'committed' })
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(seen).toEqual([])
    })
    await vi.waitFor(() => expect(seen).toEqual([{ kind: 'cancel', jobId: 'committed' }]))
  })
})

it('connects again when the connection is lost, says so, and hears on', async () => {
  await listening(async (seen, onConnect) => {
    for (const times of [2, 3]) {
      const before = await listeners()
      expect(before.length).toBe(1)
      await db().$queryRaw`SELECT pg_terminate_backend(${before[0].pid}::int)`
      await vi.waitFor(() => expect(onConnect).toHaveBeenCalledTimes(times), { timeout: 5000 })
      await announce(db(), { kind: 'user', userId: String(times) })
      await vi.waitFor(() => expect(seen).toContainEqual({ kind: 'user', userId: String(times) }))
    }
    expect(seen.length).toBe(2)
  })
})

it('keeps trying from the start, and stops for good when closed', async () => {
  const onConnect = vi.fn()
  const nowhere = 'postgresql://nobody:x@127.0.0.1:1/nothing'
  const listener = await listen(nowhere, () => {}, onConnect)
  await new Promise((resolve) => setTimeout(resolve, 300))
  await listener.close()
  expect(onConnect).not.toHaveBeenCalled()

  const real = await listen(database().url, () => {})
  expect((await listeners()).length).toBe(1)
  await real.close()
  await vi.waitFor(async () => expect((await listeners()).length).toBe(0))
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect((await listeners()).length).toBe(0)
})
