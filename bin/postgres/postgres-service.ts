import { setTimeout as sleep } from 'node:timers/promises'
import type { Lifecycle } from '#bin/process/lifecycle'
import { Stop, say } from '#bin/process/say'
import { type EmbeddedPostgres, type PostgresOptions, startEmbeddedPostgres } from './postgres.ts'

const STEADY_AFTER = 60_000

/** In milliseconds. Tests give shorter ones. */
export interface ServiceTimings {
  /** Between two looks whether the server runs. */
  lookEvery: number
  /** Before each further start; after the last one it is given up. */
  pauses: readonly number[]
}

const TIMINGS: ServiceTimings = {
  lookEvery: 500,
  pauses: [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000],
}

/**
 * Starts the portal's own Postgres, and starts it again, on the same port, when its server process ends by itself.
 * When that fails too often in a row the launcher ends. Returns the connection string.
 */
export async function startPostgresService(
  folder: string,
  options: PostgresOptions,
  lifecycle: Lifecycle,
  timings = TIMINGS,
): Promise<string> {
  const first = startEmbeddedPostgres(folder, options)
  const stopping = new AbortController()
  let starting = false
  let kept: Promise<void> | undefined
  lifecycle.onStopping(() => stopping.abort())
  lifecycle.onStop(async () => {
    const postgres = await first.catch(() => undefined)
    // A recovery may take long, but a server can be stopped as soon as it shows itself.
    while (starting && !postgres?.isRunning()) await sleep(25)
    await postgres?.stop()
    // Whoever was just starting it may still be about to connect, and finds it gone.
    await kept
  })
  const postgres = await first
  const startAgain = async () => {
    starting = true
    try {
      await startEmbeddedPostgres(folder, { ...options, port: postgres.port })
    } finally {
      starting = false
    }
  }
  kept = keepRunning(postgres, startAgain, timings, stopping.signal).catch(lifecycle.fail)
  return postgres.url
}

/** Only the server process counts: from the end of one that serves a connection Postgres recovers by itself. */
async function keepRunning(
  postgres: EmbeddedPostgres,
  startAgain: () => Promise<void>,
  { lookEvery, pauses }: ServiceTimings,
  signal: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {})
  let failures = 0
  let problem: unknown
  for (;;) {
    const begin = Date.now()
    while (postgres.isRunning()) {
      await pause(lookEvery)
      if (signal.aborted) return
    }
    if (Date.now() - begin > STEADY_AFTER) failures = 0
    if (failures === pauses.length) throw gaveUp(failures, problem, postgres)
    const wait = pauses[failures++]
    say(
      `! Postgres ${problem ? 'did not start' : 'stopped'}. Again in ${wait / 1000} s. Its log is ${postgres.log}`,
    )
    await pause(wait)
    if (signal.aborted) return
    problem = await startAgain().catch((error) => error)
    if (signal.aborted) return
    if (!problem) say('• Postgres is back')
  }
}

function gaveUp(failures: number, problem: unknown, { log }: EmbeddedPostgres): Stop {
  const reason = problem instanceof Error ? problem.message : `It ended again and again. Its log is ${log}.`
  return new Stop(
    `Postgres failed ${failures} times in a row, so Greenroom ends. ${reason}\n` +
      'Nothing in the queue is lost. Put right what the log names and start Greenroom again.',
  )
}
