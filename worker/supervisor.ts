import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SupervisorOptions {
  devices: readonly string[]
  /** Starts the slot process of a device, with an IPC channel. */
  start: (device: string) => ChildProcess
  say: (line: string) => void
}

export interface Supervisor {
  /** Resolves when all slots have stopped in good order, or were ended after the grace. */
  stop(): Promise<void>
  /** Ends all slots at once. */
  kill(): void
}

/** Exit code (EX_TEMPFAIL) by which a slot asks for another process. */
export const RESTART_CODE = 75
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 30_000
/** What a slot says when a job's turn has ended: it works, so its next pause is a short one. */
export const WORKED = 'worked'
/** A slot that ran for so long starts its pauses anew. */
const STEADY_MS = 60_000
/** A slot gets so long to put its job back. */
const GRACE_MS = 9000

/**
 * Keeps one slot process a device running: one that ends is started again, after a pause that grows from a
 * quarter of a second to 30 s while it keeps ending without any work done. A slot that finds no Postgres waits for it,
 * and does not end. One that crashes takes nothing with it but its own job's turn.
 */
export function supervise({ devices, start, say }: SupervisorOptions): Supervisor {
  const slots = new Map<string, ChildProcess>()
  const stopping = new AbortController()

  const keep = async (device: string): Promise<void> => {
    let pause = FIRST_PAUSE_MS
    while (!stopping.signal.aborted) {
      const startedAt = performance.now()
      const child = start(device)
      slots.set(device, child)
      child.on('message', (message) => {
        if (message === WORKED) pause = FIRST_PAUSE_MS
      })
      const end = await endOf(child)
      slots.delete(device)
      if (stopping.signal.aborted) return
      if (performance.now() - startedAt > STEADY_MS) pause = FIRST_PAUSE_MS
      const wait = end === RESTART_CODE ? 0 : pause
      say(
        `! The slot ${device} stopped (${typeof end === 'number' ? `exit code ${end}` : end}). Again in ${wait / 1000} s.`,
      )
      await sleep(wait, undefined, { signal: stopping.signal }).catch(() => {})
      if (wait > 0) pause = Math.min(pause * 2, MAX_PAUSE_MS)
    }
  }
  const running = Promise.all(devices.map(keep))
  const kill = () => {
    stopping.abort()
    for (const child of slots.values()) child.kill('SIGKILL')
  }
  return {
    kill,
    async stop() {
      stopping.abort()
      for (const child of slots.values()) if (child.connected) child.send('stop')
      const late = setTimeout(kill, GRACE_MS)
      await running
      clearTimeout(late)
    },
  }
}

/** The exit code or the signal that ended a process, or why it could not be started. */
function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
    child.once('error', (error) => resolve(error.message))
  })
}
