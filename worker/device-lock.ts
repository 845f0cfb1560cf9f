import pg from 'pg'
import type { Log } from '#core/log'

/** First key of the two-part advisory lock; the second is a hash of machine and device. */
const LOCK_CLASS = 0x67_72_6d
const SEEK_EVERY_MS = 250

export interface DeviceLock {
  /** False from the moment the connection is lost until the lock is held again. */
  readonly held: boolean
  release(): Promise<void>
}

interface LockOptions {
  databaseUrl: string
  host: string
  device: string
  log: Log
  signal: AbortSignal
  /** Another process holds the device; called once per wait. */
  onWaiting: () => void
  /** The lock is held again after its connection broke. */
  onHeld: () => void
  /** The connection broke and somebody else got the device meanwhile: whatever runs must stop. */
  onTaken: () => void
}

/**
 * Holds a device for this process by a session-level advisory lock on a connection of its own, waiting
 * as long as another process has it. When the connection breaks the lock is sought again at once, so a
 * restart of Postgres does not stop a render; only if another process was faster, `onTaken` is called.
 * Resolves once the lock is held; rejects when `signal` aborts first.
 */
export async function holdDevice(options: LockOptions): Promise<DeviceLock> {
  const holder = new DeviceHolder(options)
  await holder.acquire()
  return holder
}

class DeviceHolder implements DeviceLock {
  held = false
  readonly #options: LockOptions
  #client: pg.Client | null = null
  #released = false

  constructor(options: LockOptions) {
    this.#options = options
  }

  async acquire(onTaken?: () => void): Promise<void> {
    const { signal, log, device, onWaiting } = this.#options
    let waiting = false
    for (;;) {
      signal.throwIfAborted()
      if (this.#released) return
      const outcome = await this.#try().catch((error: Error) => error)
      if (outcome === true) {
        if (waiting) log.info({ device }, 'the device is free now')
        return
      }
      if (outcome === false && !waiting) {
        waiting = true
        log.warn({ device }, `waiting: another worker holds the device ${device} on this machine`)
        onWaiting()
        onTaken?.()
      }
      if (outcome instanceof Error)
        log.warn({ device, error: outcome.message }, 'no connection for the device lock')
      await pause(SEEK_EVERY_MS, signal)
    }
  }

  async release(): Promise<void> {
    this.#released = true
    this.held = false
    await this.#client?.end().catch(() => {})
    this.#client = null
  }

  async #try(): Promise<boolean> {
    const { databaseUrl, host, device } = this.#options
    const client = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5000,
      application_name: 'greenroom-device',
    })
    client.on('error', () => this.#lost(client))
    client.on('end', () => this.#lost(client))
    let locked = false
    try {
      await client.connect()
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1, hashtext($2)) AS locked', [
        LOCK_CLASS,
        `${host}/${device}`,
      ])
      locked = rows[0].locked
    } finally {
      if (!locked) await client.end().catch(() => {})
    }
    if (locked) {
      this.#client = client
      this.held = true
    }
    return locked
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client || this.#released) return
    this.#client = null
    this.held = false
    this.#options.log.warn(
      { device: this.#options.device },
      'the connection that holds the device broke; seeking it again',
    )
    this.acquire(this.#options.onTaken)
      .then(this.#options.onHeld)
      .catch(() => {})
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
