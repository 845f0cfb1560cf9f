import { z } from 'zod'
import { WORKER_SILENT_MS } from '#core/worker/liveness'

/**
 * How often a worker looks, how long it waits and when it gives up, in milliseconds. These are no settings for people:
 * the values belong together, and a portal always runs with them. Tests that would only wait give shorter ones in the
 * variable WORKER_TIMINGS, a JSON object of those that differ.
 */
export const TIMINGS = {
  /** Between two heartbeats of a slot. */
  slotBeatMs: 5000,
  /** A slot's heartbeat is a moment's work: when it gets no answer for so long, all its connections are given up. */
  answerWithinMs: 15_000,
  /** Between two heartbeats of a running job. */
  jobBeatMs: 5000,
  /** A running job whose slot was not heard of for so long goes back to the line. */
  silentMs: WORKER_SILENT_MS,
  /** Between two rounds of maintenance. */
  maintenanceMs: 5000,
  /** After an outage of the database, maintenance takes no job from a silent slot for so long: all must beat first. */
  afterOutageMs: 12_000,
  /** Without a notification a slot looks at the line this often, which covers jobs that wait out a backoff. */
  pollMs: 2000,
  /** An engine stops within a second of its abort; after so long it is stuck, and the process leaves. */
  stuckMs: 20_000,
  /** A job gets so long to stop before its process leaves without it; the next start then recovers the job. */
  stopGraceMs: 8000,
  /** A slot process gets so long to leave before the supervisor ends it: more than it gives its job. */
  slotGraceMs: 9000,
  /** Before a slot process that ended is started again: the first pause, which doubles up to the longest. */
  firstPauseMs: 250,
  maxPauseMs: 30_000,
  /** A slot process that ran for so long starts its pauses anew. */
  steadyMs: 60_000,
}

export type Timings = Readonly<typeof TIMINGS>

const schema = z.partialRecord(z.enum(Object.keys(TIMINGS) as (keyof Timings)[]), z.number().positive())

/** The timings of a worker's processes: the defaults, but for what WORKER_TIMINGS says. Throws where that is wrong. */
export function workerTimings(source: NodeJS.ProcessEnv = process.env): Timings {
  return { ...TIMINGS, ...(source.WORKER_TIMINGS ? schema.parse(JSON.parse(source.WORKER_TIMINGS)) : {}) }
}
