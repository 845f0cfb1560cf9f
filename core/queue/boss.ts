import { setTimeout as sleep } from 'node:timers/promises'
import { fromPrisma, PgBoss } from 'pg-boss'
import type { Tx } from '#core/db'
import { env } from '#core/env'

/** Every waiting render job, in order. */
export const RENDER_QUEUE = 'render'

/** Files that have arrived and are to be looked into. An inspection that its process did not live to end is made again. */
export const INSPECTION_QUEUE = 'inspection'

/** Files of which something is to be made that nobody waits for: previews and pictures for scrubbing. */
export const PREVIEW_QUEUE = 'preview'

const TEN_YEARS = 10 * 365 * 24 * 3600

const shared = globalThis as typeof globalThis & { greenroomBoss?: Promise<PgBoss> }

/**
 * The process's pg-boss, started at first use; the queues are in place.
 * Retries, expiry and loss are the render job's lifecycle, so pg-boss is told to leave them alone:
 * no retries of those, the longest expiry it allows (24 h), and no deletion of what still waits.
 */
export function boss(): Promise<PgBoss> {
  shared.greenroomBoss ??= startBoss().catch((error) => {
    // The next use tries again: the database may only have been away for a moment.
    shared.greenroomBoss = undefined
    throw error
  })
  return shared.greenroomBoss
}

/** Makes pg-boss's tables and the queues in a database, or brings them up to date, as their owner. */
export async function installBoss(ownerUrl: string): Promise<void> {
  const instance = new PgBoss({ connectionString: ownerUrl, schedule: false, supervise: false, max: 2 })
  instance.on('error', (error) => console.error('pg-boss:', error.message))
  try {
    await instance.start()
    await createQueues(instance)
    // An upgrade builds indexes one after another, which nobody but the owner may.
    while ((await instance.getBamStatus()).some(({ status }) => UNDONE.includes(status))) await sleep(200)
  } finally {
    await instance.stop({ graceful: false })
  }
}

const UNDONE: readonly string[] = ['pending', 'in_progress']

/** Stops the process's pg-boss, if it was started. */
export async function closeBoss(): Promise<void> {
  const running = shared.greenroomBoss
  shared.greenroomBoss = undefined
  await (await running?.catch(() => undefined))?.stop({ graceful: false })
}

/** Binds pg-boss calls to a Prisma transaction. */
export const within = (tx: Tx) => ({ db: fromPrisma(tx) })

async function startBoss(): Promise<PgBoss> {
  const instance = new PgBoss({
    ...{ connectionString: env().DATABASE_URL, schedule: false, max: 4 },
    // The portal's role may define nothing: see bin/postgres/prepare.ts.
    migrate: false,
  })
  instance.on('error', (error) => console.error('pg-boss:', error.message))
  try {
    await instance.start()
  } catch (error) {
    await instance.stop({ graceful: false }).catch(() => {})
    throw error
  }
  return instance
}

async function createQueues(instance: PgBoss): Promise<void> {
  await instance.createQueue(RENDER_QUEUE, {
    policy: 'standard',
    retryLimit: 0,
    expireInSeconds: 24 * 3600,
    retentionSeconds: TEN_YEARS,
    deleteAfterSeconds: 24 * 3600,
  })
  for (const queue of [INSPECTION_QUEUE, PREVIEW_QUEUE]) {
    await instance.createQueue(queue, {
      policy: 'standard',
      retryLimit: 3,
      expireInSeconds: queue === INSPECTION_QUEUE ? 300 : 3600,
      retentionSeconds: TEN_YEARS,
      deleteAfterSeconds: 3600,
    })
  }
}
