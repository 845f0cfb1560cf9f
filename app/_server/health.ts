import { statfs } from 'node:fs/promises'
import { workerDetails, workerJson } from '#app/_serial/queue'
import { db } from '#core/db'
import { env } from '#core/env'
import { messageOf } from '#core/errors'
import { mediaToolchain } from '#core/media/binaries'
import { boxReport } from '#core/media/box-report'
import { dataLayout } from '#core/storage/layout'
import { listWorkers } from '#core/worker/data'

const PATIENCE_MS = 3000

/** True when the database answers within three seconds. */
export async function databaseAnswers(): Promise<boolean> {
  const answer = db().$queryRaw`SELECT 1`.then(
    () => true,
    () => false,
  )
  const silence = new Promise<false>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS).unref())
  return Promise.race([answer, silence])
}

/** Everything an admin wants to see at once when something is wrong. A part that fails says why. */
export async function readHealth() {
  const [media, box, storage, workers] = await Promise.all([
    orReason(mediaToolchain()),
    orReason(boxReport()),
    orReason(readStorage()),
    listWorkers(),
  ])
  return {
    node: process.version,
    media,
    box,
    storage,
    workers: workers.map((worker) => ({ ...workerJson(worker), ...workerDetails(worker) })),
  }
}

async function readStorage() {
  const folder = dataLayout(env().DATA_DIR).storage
  const { bsize, bavail, blocks } = await statfs(folder)
  return { folder, freeBytes: bsize * bavail, totalBytes: bsize * blocks }
}

const orReason = <Value>(part: Promise<Value>): Promise<Value | { error: string }> =>
  part.catch((error: unknown) => ({ error: messageOf(error) }))
