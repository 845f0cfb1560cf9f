import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
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
      await announce(db(), { kind: 'control' })
      await vi.waitFor(() => expect(seen).toEqual([{ kind: 'control' }]))
    })
    const all = [{ kind: 'control' }, { kind: 'cancel', jobId: 'committed' }]
    await vi.waitFor(() => expect(seen).toEqual(all))
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

/** A way to the database that first is shut: it drops connections and counts them. */
async function shutDoor() {
  const server = createServer((socket) => {
    door.tries++
    if (!door.open) return void socket.destroy()
    const { hostname, port } = new URL(database().url)
    const onward = connect(Number(port), hostname)
    socket.pipe(onward).pipe(socket)
    for (const end of [socket, onward]) end.on('error', () => end.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(database().url)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const door = { tries: 0, open: false, url: url.href, close: () => server.close() }
  return door
}

it('keeps trying until there is a server, and no longer once it is closed', async () => {
  const [door, other] = [await shutDoor(), await shutDoor()]
  const onConnect = vi.fn()
  const listener = await listen(door.url, () => {}, onConnect)
  const given = await listen(other.url, () => {})
  await given.close()
  const connected = await listen(database().url, () => {})
  await connected.close()

  await vi.waitFor(() => expect(door.tries).toBeGreaterThan(3), { timeout: 20_000 })
  expect(onConnect).not.toHaveBeenCalled()
  // In that time those that are closed would have tried again.
  expect(other.tries).toBe(1)
  expect((await listeners()).length).toBe(0)

  door.open = true
  await vi.waitFor(() => expect(onConnect).toHaveBeenCalledTimes(1), { timeout: 20_000 })
  expect((await listeners()).length).toBe(1)
  await listener.close()
  await vi.waitFor(async () => expect((await listeners()).length).toBe(0))
  door.close()
  other.close()
})
