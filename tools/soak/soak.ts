import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { db } from '#core/db'
import { webArguments } from '#test/setup/web'
import { chance } from '#tools/bench/month/random'
import { startCustomers } from './customers.ts'
import { type Cast, type Kill, kill, planKills } from './kills.ts'
import { openLedger, readLedger } from './ledger.ts'
import { type Program, program } from './processes.ts'
import { type Recovery, watchRecovery } from './recovery.ts'
import { type Findings, verify } from './verify.ts'
import { createWorld } from './world.ts'

export interface SoakOptions {
  kills: number
  seed: number
  /** Mean seconds between two kills. */
  everySeconds?: number
  say?: (line: string) => void
  /** Called before the database goes, for more checks. */
  inspect?: () => Promise<void>
}

export interface SoakReport {
  seed: number
  kills: Kill[]
  accepted: number
  /** Jobs by how they ended. */
  states: Record<string, number>
  /** Entries of the ledger by kind. */
  entries: Record<string, number>
  findings: Findings
  recoveries: Recovery[]
  seconds: number
}

/**
 * Kills slots, supervisor, web and Postgres at random moments while media are uploaded and jobs submitted, moved,
 * cancelled and run, lets all that was accepted come to its end, and holds what is there against what was promised.
 * The web server is the real one, on the present build.
 */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const startedAt = performance.now()
  const world = await createWorld()
  const log = (text: string) => appendFileSync(join(world.folder, 'output.log'), text)
  const supervisor = program(['worker/main.ts'], world.env, log)
  const web = program(webArguments(world.origin), world.env, log)
  const ledgerFile = join(world.folder, 'ledger.jsonl')
  const ledger = openLedger(ledgerFile)
  try {
    supervisor.start()
    web.start()
    await untilHealthy(world.origin)
    const customers = await startCustomers({ world, ledger, random: chance(options.seed + 1) })
    const cast = { world, supervisor, web, random: chance(options.seed) }
    const { kills, recoveries } = await storm(options, cast)
    await customers.stop()
    await drain(options.say)
    await stop(supervisor, web)
    ledger.close()
    const findings = await verify(world, ledgerFile)
    const report = {
      ...{ seed: options.seed, kills, recoveries, findings, accepted: customers.accepted },
      states: await countStates(),
      entries: countBy(readLedger(ledgerFile), ({ kind }) => kind),
      seconds: (performance.now() - startedAt) / 1000,
    }
    await options.inspect?.()
    return report
  } finally {
    await Promise.all([supervisor.stop(12_000), web.kill()])
    await world.remove()
  }
}

/** Of the kills after which work can be seen to go on, every other one is given the time for it. */
const WATCHED_SHARE = 0.5

async function storm({ kills: count, everySeconds = 4, say }: SoakOptions, cast: Cast) {
  const kills: Kill[] = []
  const recoveries: Recovery[] = []
  await untilRunning()
  for (const kind of planKills(count, cast.random)) {
    await sleep(300 + cast.random.exponential(everySeconds * 1000 - 300))
    const killed = await kill(kind, cast)
    kills.push(killed)
    const recovery = cast.random.happens(WATCHED_SHARE) ? await watchRecovery(killed) : null
    if (recovery) recoveries.push(recovery)
    if (kills.length % 10 === 0) say?.(`${kills.length} of ${count} kills`)
  }
  return { kills, recoveries }
}

async function untilHealthy(origin: string): Promise<void> {
  const deadline = Date.now() + 60_000
  const answers = () =>
    fetch(`${origin}/api/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await answers())) {
    if (Date.now() > deadline) throw new Error('the web server does not answer a minute after its start')
    await sleep(100)
  }
}

async function untilRunning(): Promise<void> {
  const deadline = Date.now() + 60_000
  while ((await db().renderJob.count({ where: { state: 'running' } })) === 0) {
    if (Date.now() > deadline) throw new Error('no job runs a minute after the start')
    await sleep(100)
  }
}

/** Longest time without any job coming to its end. */
const STANDSTILL_MS = 90_000

/** Waits until nothing is open any more; returns as well, for the findings to tell, when nothing moves. */
async function drain(say?: (line: string) => void): Promise<void> {
  let left = -1
  let movedAt = Date.now()
  while (Date.now() - movedAt < STANDSTILL_MS) {
    const now = await db()
      .renderJob.count({ where: { state: { in: ['queued', 'running'] } } })
      .catch(() => left)
    if (now === 0) return
    if (now !== left) movedAt = Date.now()
    left = now
    await sleep(200)
  }
  say?.(`nothing has ended for ${STANDSTILL_MS / 1000} s, and ${left} jobs are open`)
}

async function stop(supervisor: Program, web: Program): Promise<void> {
  // Maintenance runs every five seconds, and removes what a render left.
  await sleep(6000)
  await web.kill()
  const code = await supervisor.stop(15_000)
  if (code !== 0) throw new Error(`the supervisor did not stop in good order (${code})`)
  // A program of a killed slot is ended by its guard within a second.
  await sleep(1500)
}

async function countStates(): Promise<Record<string, number>> {
  const rows = await db().renderJob.groupBy({ by: ['state', 'errorCode'], _count: true })
  return Object.fromEntries(
    rows.map(({ state, errorCode, _count }) => [errorCode ? `${state} ${errorCode}` : state, _count]),
  )
}

function countBy<Value>(values: readonly Value[], nameOf: (value: Value) => string): Record<string, number> {
  const groups = Map.groupBy(values, nameOf)
  return Object.fromEntries([...groups].map(([name, group]) => [name, group.length]))
}
