import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { db } from '#core/db'
import { chance } from '../bench/month/random.ts'
import { startCustomers } from './customers.ts'
import { type Kill, kill, planKills } from './kills.ts'
import { openLedger } from './ledger.ts'
import { type Program, program } from './processes.ts'
import { type Findings, verify } from './verify.ts'
import { createWorld, type World } from './world.ts'

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
  findings: Findings
  /** Seconds from the start of everything to the next claim, after all was killed at once; while jobs waited. */
  backToWork: number[]
  seconds: number
}

/**
 * Kills slots, supervisor, web and Postgres at random moments while jobs are submitted, moved, cancelled and run,
 * lets all that was accepted come to its end, and holds what is there against what was promised.
 */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const startedAt = performance.now()
  const world = await createWorld()
  const log = (text: string) => appendFileSync(join(world.folder, 'output.log'), text)
  const supervisor = program(['worker/main.ts'], world.env, log)
  const door = program(['test/soak/door.ts'], world.env, log, true)
  const ledgerFile = join(world.folder, 'ledger.jsonl')
  const ledger = openLedger(ledgerFile)
  try {
    supervisor.start()
    door.start()
    const random = chance(options.seed)
    const customers = startCustomers({ world, door, ledger, random: chance(options.seed + 1) })
    const kills = await storm(options, { world, supervisor, door, random })
    await customers.stop()
    await drain(options.say)
    await stop(supervisor, door)
    ledger.close()
    const findings = await verify(world, ledgerFile)
    const report = {
      ...{ seed: options.seed, kills, findings, accepted: customers.accepted },
      states: await countStates(),
      backToWork: await readBackToWork(kills),
      seconds: (performance.now() - startedAt) / 1000,
    }
    await options.inspect?.()
    return report
  } finally {
    await Promise.all([supervisor.stop(12_000), door.kill()])
    await world.remove()
  }
}

type Cast = { world: World; supervisor: Program; door: Program; random: ReturnType<typeof chance> }

async function storm({ kills, everySeconds = 2, say }: SoakOptions, cast: Cast): Promise<Kill[]> {
  const plan = planKills(kills, cast.random)
  const done: Kill[] = []
  await untilRunning()
  for (const kind of plan) {
    await sleep(300 + cast.random.exponential(everySeconds * 1000 - 300))
    done.push(await kill(kind, cast))
    if (done.length % 10 === 0) say?.(`${done.length} of ${kills} kills`)
  }
  return done
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

async function stop(supervisor: Program, door: Program): Promise<void> {
  // Upkeep comes by every five seconds, and takes what a render left.
  await sleep(6000)
  await door.kill()
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

async function readBackToWork(kills: readonly Kill[]): Promise<number[]> {
  const seconds: number[] = []
  for (const { kind, restartedAt, running } of kills) {
    if (kind !== 'all' || !running) continue
    const next = await db().jobEvent.findFirst({
      where: { kind: 'claimed', at: { gt: new Date(restartedAt) } },
      orderBy: { id: 'asc' },
    })
    if (next) seconds.push((next.at.getTime() - restartedAt) / 1000)
  }
  return seconds
}
