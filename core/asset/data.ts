import type { AssetKind } from '#core/asset/schema'
import { db } from '#core/db'
import { ownedBy, type Viewer } from '#core/viewer/viewer'
import type { Asset as Row } from '#prisma/client'

/** An asset as pages and the API see it; `bytes` is a plain number. */
export type Asset = Omit<Row, 'bytes'> & { bytes: number }

export type AssetPage = { assets: Asset[]; nextCursor: string | null }

/** An owner's asset; null when there is none or it is somebody else's. */
export async function findAsset(id: string, ownerId: string): Promise<Asset | null> {
  const row = await db().asset.findFirst({ where: { id, ownerId } })
  return row && toAsset(row)
}

/** An asset that the viewer may see: their own, or anybody's for an admin; else null. */
export async function findVisibleAsset(id: string, viewer: Viewer): Promise<Asset | null> {
  const row = await db().asset.findFirst({ where: { id, ...ownedBy(viewer) } })
  return row && toAsset(row)
}

/** The owner's asset of this content, if there is one. */
export async function findAssetByContent(
  ownerId: string,
  kind: AssetKind,
  sha256: string,
): Promise<Asset | null> {
  const row = await db().asset.findUnique({ where: { ownerId_kind_sha256: { ownerId, kind, sha256 } } })
  return row && toAsset(row)
}

/** One page of an owner's assets, newest first. `cursor` is the `nextCursor` of the page before. */
export async function listAssets(
  ownerId: string,
  kind: AssetKind,
  { cursor, take = 50 }: { cursor?: string | null; take?: number } = {},
): Promise<AssetPage> {
  const rows = await db().asset.findMany({
    where: { ownerId, kind },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: take + 1,
    ...(cursor ? { cursor: { id: cursor }, skip: 1 } : {}),
  })
  const assets = rows.slice(0, take).map(toAsset)
  return { assets, nextCursor: rows.length > take ? (assets.at(-1)?.id ?? null) : null }
}

function toAsset(row: Row): Asset {
  return { ...row, bytes: Number(row.bytes) }
}
