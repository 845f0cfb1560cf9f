import { setTimeout as sleep } from 'node:timers/promises'
import { db } from '#core/db'
import type { Chance } from '#tools/bench/month/random'
import { childrenOf, killAll, type Program, postgresProcesses } from './processes.ts'
import type { World } from './world.ts'

export const KINDS = ['slot', 'supervisor', 'web', 'postgres', 'all', 'freeze'] as const
export type Kind = (typeof KINDS)[number]

export interface Kill {
  kind: Kind
  /** Jobs that ran in this moment; null where the database could not say. */
  running: number | null
  /** By this machine's clock, which is Postgres's: when what was killed began to start again. */
  restartedAt: number
  /** What Postgres took of the time since: its start and its recovery; null where it was not killed. */
  postgresSeconds: number | null
}

export interface Cast {
  world: World
  supervisor: Program
  web: Program
  random: Chance
}

/** How often each kind comes, of all kills. A freeze takes long, so only a long run has them. */
const SHARES: Record<Kind, number> = {
  slot: 0.4,
  supervisor: 0.17,
  web: 0.15,
  postgres: 0.15,
  all: 0.1,
  freeze: 0.03,
}

/** What is killed, in order: every kind at least once where there are enough, the rest by chance. */
export function planKills(count: number, random: Chance): Kind[] {
  const kinds = KINDS.filter((kind) => kind !== 'freeze' || count >= 40)
  const plan = [...kinds]
  while (plan.length < count) {
    const kind = random.pick(kinds)
    if (random.happens(SHARES[kind] / 0.4)) plan.push(kind)
  }
  return plan
    .slice(0, count)
    .map((kind) => ({ kind, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ kind }) => kind)
}

/** Kills once, and starts again what its watcher would. Slots are started again by their supervisor. */
export async function kill(kind: Kind, cast: Cast): Promise<Kill> {
  const { world, supervisor, web, random } = cast
  const running = await countRunning()
  const pause = () => sleep(random.next() * 800)
  let restartedAt = Date.now()
  let postgresSeconds: number | null = null
  const startPostgres = async () => {
    const startedAt = performance.now()
    await world.postgres.restart()
    postgresSeconds = (performance.now() - startedAt) / 1000
  }
  switch (kind) {
    case 'slot': {
      const slots = slotsOf(supervisor)
      if (slots.length > 0) killAll([random.pick(slots)])
      restartedAt = Date.now()
      break
    }
    case 'supervisor':
      await supervisor.kill()
      await pause()
      restartedAt = Date.now()
      supervisor.start()
      break
    case 'web':
      killAll(withChildren(web))
      await web.kill()
      await pause()
      restartedAt = Date.now()
      web.start()
      break
    case 'postgres':
      killAll(postgresProcesses(world.postgres.cluster))
      await pause()
      restartedAt = Date.now()
      await startPostgres()
      break
    case 'all':
      killAll([...[supervisor, web].flatMap(withChildren), ...postgresProcesses(world.postgres.cluster)])
      await Promise.all([supervisor.kill(), web.kill()])
      await pause()
      restartedAt = Date.now()
      // Postgres last: the others have to wait for it.
      supervisor.start()
      web.start()
      await startPostgres()
      break
    case 'freeze':
      await freeze(cast)
  }
  return { kind, running, restartedAt, postgresSeconds }
}

/** Longer than silence takes to be noticed: when it wakes its job is somebody else's, and it must write nothing. */
const FREEZE_MS = 27_000

async function freeze({ supervisor, random }: Cast): Promise<void> {
  const slots = slotsOf(supervisor)
  if (slots.length === 0) return
  const pids = [random.pick(slots)]
  killAll(pids, 'SIGSTOP')
  await sleep(FREEZE_MS)
  killAll(pids, 'SIGCONT')
}

const slotsOf = ({ pid }: Program): number[] => (pid ? childrenOf(pid) : [])

/** A program and what it runs, as its watcher would end them together. */
const withChildren = ({ pid }: Program): number[] => (pid ? [pid, ...childrenOf(pid)] : [])

const countRunning = (): Promise<number | null> =>
  db()
    .renderJob.count({ where: { state: 'running' } })
    .catch(() => null)
