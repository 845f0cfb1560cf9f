import { setTimeout as sleep } from 'node:timers/promises'
import { db } from '#core/db'
import type { Chance } from '../bench/month/random.ts'
import { childrenOf, killAll, type Program, postgresProcesses } from './processes.ts'
import type { World } from './world.ts'

export const KINDS = ['slot', 'supervisor', 'web', 'postgres', 'all', 'freeze'] as const
export type Kind = (typeof KINDS)[number]

export interface Kill {
  kind: Kind
  /** Jobs that ran in this moment; null where the database could not say. */
  running: number | null
  /** By this machine's clock, which is Postgres's: when all that was killed had been started again. */
  restartedAt: number
}

interface Parts {
  world: World
  supervisor: Program
  door: Program
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
export async function kill(kind: Kind, parts: Parts): Promise<Kill> {
  const { world, supervisor, door, random } = parts
  const running = await countRunning()
  const pause = () => sleep(random.next() * 800)
  const startPostgres = () => world.postgres.restart()
  switch (kind) {
    case 'slot': {
      const slots = supervisor.pid ? slotsOf(supervisor.pid) : []
      if (slots.length > 0) killAll([random.pick(slots)])
      break
    }
    case 'supervisor':
      await supervisor.kill()
      await pause()
      supervisor.start()
      break
    case 'web':
      await door.kill()
      await pause()
      door.start()
      break
    case 'postgres':
      killAll(postgresProcesses(world.postgres.cluster))
      await pause()
      await startPostgres()
      break
    case 'all':
      killAll([
        ...(supervisor.pid ? [...slotsOf(supervisor.pid), supervisor.pid] : []),
        door.pid,
        ...postgresProcesses(world.postgres.cluster),
      ])
      await Promise.all([supervisor.kill(), door.kill()])
      await pause()
      // Postgres last: the others have to wait for it.
      supervisor.start()
      door.start()
      await startPostgres()
      break
    case 'freeze':
      await freeze(parts)
  }
  return { kind, running, restartedAt: Date.now() }
}

/** Longer than silence takes to be noticed: when it wakes its job is somebody else's, and it must write nothing. */
const FREEZE_MS = 27_000

async function freeze({ supervisor, random }: Parts): Promise<void> {
  const slots = supervisor.pid ? slotsOf(supervisor.pid) : []
  if (slots.length === 0) return
  const pids = [random.pick(slots)]
  killAll(pids, 'SIGSTOP')
  await sleep(FREEZE_MS)
  killAll(pids, 'SIGCONT')
}

const slotsOf = (supervisor: number): number[] => childrenOf(supervisor)

const countRunning = (): Promise<number | null> =>
  db()
    .renderJob.count({ where: { state: 'running' } })
    .catch(() => null)
