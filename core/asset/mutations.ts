import type { AssetFindings } from '#core/asset/findings'
import { requestInspection } from '#core/asset/inspection'
import type { AssetKind } from '#core/asset/schema'
import { ASSET_TRANSITIONS } from '#core/asset/state'
import { db, transact } from '#core/db'

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
  findings: AssetFindings
}

export type CreateOutcome = { outcome: 'created'; id: string } | { outcome: 'duplicate'; id: string }

/**
 * Writes an asset, unless its owner already has one of this kind and content: then `duplicate` with that
 * one's id, also when both are written at the same moment.
 */
export async function createAsset(asset: NewAsset): Promise<CreateOutcome> {
  const { ownerId, kind, sha256 } = asset
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (await insertAsset(asset)) return { outcome: 'created', id: asset.id }
    const other = await reuseAsset(ownerId, kind, sha256)
    // It may have been deleted between the two statements.
    if (other) return { outcome: 'duplicate', id: other }
  }
  throw new Error(`The asset ${asset.id} could neither be written nor found`)
}

/**
 * The id of the owner's asset of this content, which they just sent again: it comes out of the trash, and stays for a
 * while although nothing may use it yet. Null when there is none.
 */
export async function reuseAsset(ownerId: string, kind: AssetKind, sha256: string): Promise<string | null> {
  const [asset] = await db().$queryRaw<{ id: string }[]>`
    UPDATE "Asset" SET "uploadedAt" = now(), "deletedAt" = NULL
    WHERE "ownerId" = ${ownerId}::uuid AND kind = ${kind}::"AssetKind" AND sha256 = ${sha256}
    RETURNING id::text`
  return asset?.id ?? null
}

/** The row and its inspection, or neither. */
function insertAsset(asset: NewAsset): Promise<boolean> {
  return transact(async (tx) => {
    const { from } = ASSET_TRANSITIONS.pass
    const data = [{ ...asset, state: from }]
    const { count } = await tx.asset.createMany({ data, skipDuplicates: true })
    if (count === 1) await requestInspection(tx, asset)
    return count === 1
  })
}
