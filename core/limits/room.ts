import { stat } from 'node:fs/promises'
import path from 'node:path'
import { db, transact } from '#core/db'
import { limitsOf, readUsage } from '#core/limits/limits'
import { type Refusal, uploadRefusalOf } from '#core/limits/refusal'
import { dataLayout } from '#core/storage/layout'

/*
 * Room is kept for an upload from before its first byte until it ends: as an asset, refused, taken back or abandoned. So
 * uploads that run side by side can't exceed together what each of them could have alone.
 */

/** An upload that is about to begin. `bytes`: the most that it may become. */
export interface NewUpload {
  id: string
  ownerId: string
  bytes: number
}

/**
 * Keeps room for an upload, or says why there is none: its owner's quota, their number of uploads, the disk, or a limit
 * that would refuse any job with it. Uploads take turns here, so that two at once can't both have the last room.
 */
export function reserveRoom({ id, ownerId, bytes }: NewUpload, dataDir: string): Promise<Refusal | null> {
  return transact(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${UPLOAD_LOCK})`
    const [limits, usage, open] = [
      await limitsOf(ownerId, tx),
      await readUsage(ownerId, tx),
      await tx.openUpload.findMany({ select: { id: true, bytes: true } }),
    ]
    const toCome = await bytesToCome(open, dataDir)
    const left = { ...usage, freeDiskBytes: usage.freeDiskBytes - toCome }
    const refusal = uploadRefusalOf(limits, left, bytes)
    if (!refusal) await tx.openUpload.create({ data: { id, ownerId, bytes } })
    return refusal
  })
}

/** Gives back what was kept for an upload, once it has ended. */
export async function releaseRoom(id: string): Promise<void> {
  await db().openUpload.deleteMany({ where: { id } })
}

/** Gives back what was kept for uploads of which nothing is left: whoever should have done it was killed. */
export async function releaseLostRoom(dataDir: string): Promise<void> {
  // One that has just begun may not have its file yet.
  const begun = { createdAt: { lt: new Date(Date.now() - HOUR_MS) } }
  for (const { id } of await db().openUpload.findMany({ where: begun, select: { id: true } }))
    if ((await received(id, dataDir)) === null) await releaseRoom(id)
}

/** What open uploads have still to bring onto the disk. */
async function bytesToCome(open: { id: string; bytes: bigint }[], dataDir: string): Promise<number> {
  const each = open.map(async ({ id, bytes }) =>
    Math.max(0, Number(bytes) - ((await received(id, dataDir)) ?? 0)),
  )
  return (await Promise.all(each)).reduce((sum, bytes) => sum + bytes, 0)
}

/** Bytes of an upload that have arrived; null where it has no file. */
async function received(id: string, dataDir: string): Promise<number | null> {
  const found = await stat(path.join(dataLayout(dataDir).uploads, id)).catch(() => null)
  return found?.size ?? null
}

const HOUR_MS = 3_600_000
const UPLOAD_LOCK = 7_260_415
