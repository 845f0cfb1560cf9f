import { type AssetFindings, findingsOf } from '#core/asset/findings'
import type { AssetKind } from '#core/asset/schema'
import { db, type Tx } from '#core/db'
import { ownedBy, type Viewer } from '#core/viewer/viewer'
import type { Asset as Row } from '#prisma/client'

/** An asset as pages and the API see it; `bytes` is a plain number, `findings` are read. */
export type Asset = Omit<Row, 'bytes' | 'findings'> & { bytes: number; findings: AssetFindings }

export type AssetPage = { assets: Asset[]; nextCursor: string | null }

/** An owner's asset; null when there is none, it is in the trash or somebody else's. */
export async function findAsset(id: string, ownerId: string): Promise<Asset | null> {
  const row = await db().asset.findFirst({ where: { id, ownerId, deletedAt: null } })
  return row && toAsset(row)
}

/** An asset that the viewer may see: their own, or anybody's for an admin; else null. */
export async function findVisibleAsset(id: string, viewer: Viewer): Promise<Asset | null> {
  const row = await db().asset.findFirst({ where: { id, deletedAt: null, ...ownedBy(viewer) } })
  return row && toAsset(row)
}

/** One page of an owner's assets, newest first. `cursor` is the `nextCursor` of the page before. */
export async function listAssets(
  ownerId: string,
  kind: AssetKind,
  { cursor, take = 50 }: { cursor?: string | null; take?: number } = {},
): Promise<AssetPage> {
  const rows = await db().asset.findMany({
    where: { ownerId, kind, deletedAt: null },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: take + 1,
    ...(cursor ? { cursor: { id: cursor }, skip: 1 } : {}),
  })
  const assets = rows.slice(0, take).map(toAsset)
  return { assets, nextCursor: rows.length > take ? (assets.at(-1)?.id ?? null) : null }
}

/** What a batch is made of, or which part of it its owner does not have. */
export type BatchFiles =
  | { outcome: 'found'; speech: Measured; presenters: Measured[] }
  | { outcome: 'speech_not_found' }
  | { outcome: 'presenter_not_found'; presenterId: string }

type Measured = Pick<Row, 'id' | 'kind' | 'durationMs' | 'fps' | 'width' | 'height'>

/** An owner's speech and presenters, these in the order of their ids: for a batch, or for the forecast of one. */
export async function findBatchFiles(
  tx: Tx,
  ownerId: string,
  { speechId, presenterIds }: { speechId: string; presenterIds: readonly string[] },
): Promise<BatchFiles> {
  const found = await tx.asset.findMany({
    where: { ownerId, deletedAt: null, id: { in: [speechId, ...presenterIds] } },
    select: { id: true, kind: true, durationMs: true, fps: true, width: true, height: true },
  })
  const assets = new Map(found.map((asset) => [asset.id, asset]))
  const speech = assets.get(speechId)
  if (speech?.kind !== 'speech') return { outcome: 'speech_not_found' }
  const missing = presenterIds.find((id) => assets.get(id)?.kind !== 'presenter')
  if (missing) return { outcome: 'presenter_not_found', presenterId: missing }
  return { outcome: 'found', speech, presenters: presenterIds.map((id) => assets.get(id)!) }
}

/** A row as it is used. */
export function toAsset(row: Row): Asset {
  return { ...row, bytes: Number(row.bytes), findings: findingsOf(row.findings) }
}
