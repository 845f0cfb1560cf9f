import type { SessionUser } from '#app/_auth/user'
import { env } from '#core/env'
import { type Listener, listen, type QueueEvent } from '#core/events/events'
import { forgetForecast } from '#core/forecast/forecast-data'
import { Connection } from './connection.ts'

/** Pages that one user may have listening; beyond it the oldest is ended and told to come back much later. */
const MAX_CONNECTIONS = 20
const CROWDED_RETRY_MS = 60_000

interface Hub {
  connections: Set<Connection>
  listener: Promise<Listener>
}

const shared = globalThis as typeof globalThis & { greenroomHub?: Hub }

/** A stream of server-sent events for one page, fed by the process's one Postgres listener. */
export async function connect(viewer: SessionUser, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const { connections, listener } = hub()
  // Greeted before the listener is there, a page could miss what happens in between.
  await listener
  const theirs = [...connections].filter((connection) => connection.userId === viewer.id)
  if (theirs.length >= MAX_CONNECTIONS) theirs[0].close(CROWDED_RETRY_MS)
  const connection = new Connection(viewer, (closed) => connections.delete(closed))
  connections.add(connection)
  // What ended the session while it was not yet listening went unheard.
  void connection.recheck()
  if (signal.aborted) connection.close()
  signal.addEventListener('abort', () => connection.close(), { once: true })
  return connection.stream
}

/** Ends every stream and the listener, so that the server can exit. Pages come back by themselves. */
export async function disconnectAll(): Promise<void> {
  const open = shared.greenroomHub
  shared.greenroomHub = undefined
  for (const connection of open?.connections ?? []) connection.close()
  await (await open?.listener)?.close()
}

function hub(): Hub {
  if (shared.greenroomHub) return shared.greenroomHub
  const connections = new Set<Connection>()
  const hear = (event: QueueEvent) => {
    if (event.kind === 'changed' || event.kind === 'control') forgetForecast()
    for (const connection of [...connections]) connection.hear(event)
  }
  const onConnect = () => {
    for (const connection of [...connections]) connection.resync()
  }
  shared.greenroomHub = { connections, listener: listen(env().DATABASE_URL, hear, onConnect) }
  return shared.greenroomHub
}
