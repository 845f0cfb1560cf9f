import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Timings } from './timings.ts'

export interface SupervisorOptions {
  devices: readonly string[]
  /** Starts the slot process of a device, with an IPC channel. */
  start: (device: string) => ChildProcess
  say: (line: string) => void
  timings: Pick<Timings, 'firstPauseMs' | 'maxPauseMs' | 'steadyMs' | 'slotGraceMs'>
  /** Sleeps for so many milliseconds, or until the signal aborts. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface Supervisor {
  /** Resolves when all slots have stopped in good order, or were ended after the grace. */
  stop(): Promise<void>
  /** Ends all slots at once. */
  kill(): void
}

/** Exit code (EX_TEMPFAIL) by which a slot asks for another process. */
export const RESTART_CODE = 75
/** Beside the slots of its devices, a supervisor keeps a process that looks into uploads. */
export const INSPECTOR = 'inspector'
/** What a slot says when a job's turn has ended: it works, so its next pause is a short one. */
export const WORKED = 'worked'

/**
 * Keeps one slot process a device running: one that ends is started again, after a pause that grows from a
 * quarter of a second to 30 s while it keeps ending without any work done. A slot that finds no Postgres waits for it,
 * and does not end. One that crashes takes nothing with it but its own job's turn.
 */
export function supervise({
  devices,
  start,
  say,
  timings,
  pause = sleepUnlessAborted,
}: SupervisorOptions): Supervisor {
  const slots = new Map<string, ChildProcess>()
  const stopping = new AbortController()

  const keep = async (device: string): Promise<void> => {
    let next = timings.firstPauseMs
    while (!stopping.signal.aborted) {
      const startedAt = performance.now()
      const child = start(device)
      slots.set(device, child)
      child.on('message', (message) => {
        if (message === WORKED) next = timings.firstPauseMs
      })
      const end = await endOf(child)
      slots.delete(device)
      if (stopping.signal.aborted) return
      if (performance.now() - startedAt > timings.steadyMs) next = timings.firstPauseMs
      const wait = end === RESTART_CODE ? 0 : next
      say(
        `! The ${device === INSPECTOR ? 'inspector' : `slot ${device}`} stopped (${typeof end === 'number' ? `exit code ${end}` : end}). Again in ${wait / 1000} s.`,
      )
      await pause(wait, stopping.signal)
      if (wait > 0) next = Math.min(next * 2, timings.maxPauseMs)
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
      const late = setTimeout(kill, timings.slotGraceMs)
      await running
      clearTimeout(late)
    },
  }
}

const sleepUnlessAborted = (ms: number, signal: AbortSignal) =>
  sleep(ms, undefined, { signal }).catch(() => {})

/** The exit code or the signal that ended a process, or why it could not be started. */
function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
    // A message that can't be delivered any more is an error too: then the exit follows.
    child.on('error', (error) => child.pid === undefined && resolve(error.message))
  })
}
