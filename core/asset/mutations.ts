import type { AssetKind } from '#core/asset/schema'
import { db } from '#core/db'
import type { Storage } from '#core/storage/storage'
import { Prisma } from '#prisma/client'

export type NewAsset = {
  id: string
  ownerId: string
  kind: AssetKind
  name: string
  sha256: string
  bytes: number
  container: string
  durationMs: number
  width: number | null
  height: number | null
  fps: number | null
  hasAudio: boolean
  storageKey: string
  thumbnailKey: string | null
  peaks: number[]
}

export type CreateOutcome = { outcome: 'created'; id: string } | { outcome: 'duplicate'; id: string }

/**
 * Writes an asset, unless its owner already has one of this kind and content: then `duplicate` with that
 * one's id, also when both are written at the same moment.
 */
export async function createAsset(asset: NewAsset): Promise<CreateOutcome> {
  const { ownerId, kind, sha256 } = asset
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { count } = await db().asset.createMany({ data: [asset], skipDuplicates: true })
    if (count === 1) return { outcome: 'created', id: asset.id }
    const other = await db().asset.findUnique({
      where: { ownerId_kind_sha256: { ownerId, kind, sha256 } },
      select: { id: true },
    })
    // It may have been deleted between the two statements.
    if (other) return { outcome: 'duplicate', id: other.id }
  }
  throw new Error(`The asset ${asset.id} could neither be written nor found`)
}

export type DeleteOutcome = 'deleted' | 'in_use' | 'not_found'

/** Deletes an owner's asset and its files, unless a batch uses it. */
export async function deleteAsset(id: string, ownerId: string, storage: Storage): Promise<DeleteOutcome> {
  const asset = await db().asset.findFirst({ where: { id, ownerId } })
  if (!asset) return 'not_found'
  const outcome = await deleteUnused(id, ownerId)
  if (outcome !== 'deleted') return outcome
  await storage.remove(asset.storageKey)
  if (asset.thumbnailKey) await storage.remove(asset.thumbnailKey)
  return outcome
}

async function deleteUnused(id: string, ownerId: string): Promise<DeleteOutcome> {
  const unused = { speechOf: { none: {} }, presenterOf: { none: {} } }
  try {
    const { count } = await db().asset.deleteMany({ where: { id, ownerId, ...unused } })
    if (count === 1) return 'deleted'
  } catch (error) {
    // A batch that took it in this very moment: the foreign key says so.
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003') return 'in_use'
    throw error
  }
  return (await db().asset.count({ where: { id, ownerId } })) > 0 ? 'in_use' : 'not_found'
}
