import pg from 'pg'
import type { Tx } from '#core/db'

/** What web and worker tell each other through NOTIFY. Payloads stay small: 8000 bytes is Postgres's limit. */
export type QueueEvent =
  /** Rows changed: a job's state or place, a batch, an owner's history. The line may have moved. */
  | { kind: 'changed'; ownerId: string; batchId: string; jobId?: string }
  /** A running job got on. */
  | {
      kind: 'progress'
      ownerId: string
      batchId: string
      jobId: string
      device: string
      stage: string
      fraction: number
      framesDone: number
      frames: number | null
      fps: number | null
    }
  /** A line was added to a job's log. */
  | { kind: 'log'; ownerId: string; jobId: string }
  /** Somebody asked the worker to stop this job. */
  | { kind: 'cancel'; jobId: string }
  /** The queue was paused or resumed, or a worker came or went. */
  | { kind: 'control' }
  /** A file has arrived, or more is known of it. */
  | { kind: 'asset'; ownerId: string; assetId: string }
  /** A user was disabled or changed; their open pages must look again. */
  | { kind: 'user'; userId: string }

const CHANNEL = 'greenroom'

/** Sends events to all listeners, in this order, once the transaction commits. */
export async function announce(tx: Tx, ...events: QueueEvent[]): Promise<void> {
  const payloads = events.map((event) => JSON.stringify(event))
  await tx.$executeRaw`SELECT pg_notify(${CHANNEL}, payload) FROM unnest(${payloads}::text[]) AS payload`
}

export interface Listener {
  close(): Promise<void>
}

/**
 * Listens on a connection of its own, reconnecting with backoff (0.2 s to 1 s) until closed.
 * `onConnect` runs after each successful (re)connection: events may have been missed before it, so look again.
 */
export async function listen(
  databaseUrl: string,
  onEvent: (event: QueueEvent) => void,
  onConnect: () => void = () => {},
): Promise<Listener> {
  let closed = false
  let client: pg.Client | null = null
  let delay = 200
  let timer: NodeJS.Timeout | undefined

  const again = () => {
    if (closed) return
    timer = setTimeout(connect, delay)
    delay = Math.min(delay * 2, 1000)
  }
  const connect = async () => {
    const next = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5000,
      connectionTimeoutMillis: 10_000,
      application_name: 'greenroom-listen',
    })
    let lost = false
    const onLost = () => {
      if (lost) return
      lost = true
      if (client === next) client = null
      next.end().catch(() => {})
      again()
    }
    next.on('error', onLost)
    next.on('end', onLost)
    next.on('notification', (message) => {
      if (message.payload) onEvent(JSON.parse(message.payload) as QueueEvent)
    })
    try {
      await next.connect()
      await next.query(`LISTEN ${CHANNEL}`)
      if (closed) return void next.end().catch(() => {})
      client = next
      delay = 200
      onConnect()
    } catch {
      onLost()
    }
  }
  await connect()
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end().catch(() => {})
    },
  }
}
