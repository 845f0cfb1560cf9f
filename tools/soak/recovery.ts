import { setTimeout as sleep } from 'node:timers/promises'
import { db } from '#core/db'
import type { Kill, Kind } from './kills.ts'

/** How long it took until work went on after a kill. */
export interface Recovery {
  kind: Kind
  /** From the moment in which what was killed began to start again. */
  seconds: number
}

/** After these kills work that is under way cannot simply go on, so that its going on can be seen. */
const SIGNS: Partial<Record<Kind, string[]>> = {
  supervisor: ['claimed'],
  all: ['claimed'],
  // A slot renders on while Postgres is away; that it works is seen by what it writes.
  postgres: ['claimed', 'stage', 'succeeded'],
}
const PATIENCE_MS = 60_000

/** Waits until work goes on after a kill that it had an end by; null where that can't be told. */
export async function watchRecovery({ kind, running, restartedAt }: Kill): Promise<Recovery | null> {
  const kinds = SIGNS[kind]
  if (!kinds || !running) return null
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    const sign = await db()
      .jobEvent.findFirst({
        where: { kind: { in: kinds }, at: { gt: new Date(restartedAt) } },
        orderBy: { id: 'asc' },
      })
      .catch(() => null)
    if (sign) return { kind, seconds: (sign.at.getTime() - restartedAt) / 1000 }
    await sleep(50)
  }
  return { kind, seconds: PATIENCE_MS / 1000 }
}
