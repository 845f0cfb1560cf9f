import { setTimeout as sleep } from 'node:timers/promises'
import type { Lifecycle } from '#bin/process/lifecycle'
import { Stop, say } from '#bin/process/say'
import { type EmbeddedPostgres, type PostgresOptions, startEmbeddedPostgres } from './postgres.ts'

const LOOK_EVERY = 500
const STEADY_AFTER = 60_000
/** Before each further start, in milliseconds; after the last one it is given up. */
const PAUSES = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000]

/**
 * Starts the portal's own Postgres, and starts it again, on the same port, when its server process ends by itself.
 * When that fails too often in a row the launcher ends. Returns the connection string.
 */
export async function startPostgresService(
  folder: string,
  options: PostgresOptions,
  lifecycle: Lifecycle,
  pauses = PAUSES,
): Promise<string> {
  const first = startEmbeddedPostgres(folder, options)
  let starting = false
  lifecycle.onStop(async () => {
    const postgres = await first.catch(() => undefined)
    // A recovery may take long, but a server can be stopped as soon as it shows itself.
    while (starting && !postgres?.isRunning()) await sleep(25)
    await postgres?.stop()
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
  keepRunning(postgres, startAgain, lifecycle, pauses).catch(lifecycle.fail)
  return postgres.url
}

/** Only the server process counts: from the end of one that serves a connection Postgres recovers by itself. */
async function keepRunning(
  postgres: EmbeddedPostgres,
  startAgain: () => Promise<void>,
  lifecycle: Lifecycle,
  pauses: number[],
): Promise<void> {
  let failures = 0
  let problem: unknown
  for (;;) {
    const begin = Date.now()
    while (postgres.isRunning()) {
      await sleep(LOOK_EVERY)
      if (lifecycle.stopping) return
    }
    if (Date.now() - begin > STEADY_AFTER) failures = 0
    if (failures === pauses.length) throw gaveUp(failures, problem, postgres)
    const pause = pauses[failures++]
    say(
      `! Postgres ${problem ? 'did not start' : 'stopped'}. Again in ${pause / 1000} s. Its log is ${postgres.log}`,
    )
    await sleep(pause)
    if (lifecycle.stopping) return
    problem = await startAgain().catch((error) => error)
    if (lifecycle.stopping) return
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
