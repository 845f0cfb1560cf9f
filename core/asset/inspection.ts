import { type Asset, toAsset } from '#core/asset/data'
import { type AssetFindings, isSerious } from '#core/asset/findings'
import { ASSET_TRANSITIONS } from '#core/asset/state'
import { db, type Tx, transact } from '#core/db'
import { announce } from '#core/events/events'
import { boss, INSPECTION_QUEUE, PREVIEW_QUEUE, within } from '#core/queue/boss'

export type InspectionQueue = typeof INSPECTION_QUEUE | typeof PREVIEW_QUEUE

/** An asset whose turn has come to be looked into, and the pg-boss job that stands for it. */
export interface DueInspection {
  queue: InspectionQueue
  bossJobId: string
  asset: Asset
}

/** Puts a new asset into the queue of inspections, in the transaction that writes its row. */
export async function requestInspection(tx: Tx, asset: { id: string; ownerId: string }): Promise<void> {
  await (await boss()).insert(INSPECTION_QUEUE, [{ data: { assetId: asset.id } }], within(tx))
  await announce(tx, { kind: 'asset', ownerId: asset.ownerId, assetId: asset.id })
}

/** Takes the next of a queue, first come, first served; null when there is none. What was deleted meanwhile is passed over. */
export async function takeInspection(queue: InspectionQueue): Promise<DueInspection | null> {
  for (;;) {
    const [job] = await (await boss()).fetch<{ assetId: string }>(queue)
    if (!job) return null
    const row = await db().asset.findUnique({ where: { id: job.data.assetId } })
    if (row) return { queue, bossJobId: job.id, asset: toAsset(row) }
    await (await boss()).complete(queue, job.id)
  }
}

/** Gives an inspection back: the process ends before it has looked. */
export async function putBackInspection({ queue, bossJobId }: DueInspection): Promise<void> {
  await (await boss()).fail(queue, bossJobId)
}

/** What an inspection found, and the keys of the files that it put into storage. */
export interface InspectionResult {
  findings: AssetFindings
  thumbnailKey?: string
  previewKey?: string
  spriteKey?: string
}

/** Writes what was found; the asset is ready then, and its preview is due. False where it was deleted meanwhile. */
export async function recordInspection(
  { asset }: DueInspection,
  { findings, ...keys }: InspectionResult,
): Promise<boolean> {
  const { from, to } = ASSET_TRANSITIONS[findings.warnings.some(isSerious) ? 'warn' : 'pass']
  return transact(async (tx) => {
    const { count } = await tx.asset.updateMany({
      where: { id: asset.id, state: from },
      data: { state: to, findings, ...keys },
    })
    if (count === 0) return false
    await (await boss()).insert(PREVIEW_QUEUE, [{ data: { assetId: asset.id } }], within(tx))
    await announce(tx, { kind: 'asset', ownerId: asset.ownerId, assetId: asset.id })
    return true
  })
}

/** Adds what takes longer to make than people should wait for. False where the asset was deleted meanwhile. */
export async function recordPreview(
  { asset }: DueInspection,
  keys: Pick<InspectionResult, 'previewKey' | 'spriteKey'>,
): Promise<boolean> {
  return transact(async (tx) => {
    const { count } = await tx.asset.updateMany({ where: { id: asset.id }, data: keys })
    if (count > 0) await announce(tx, { kind: 'asset', ownerId: asset.ownerId, assetId: asset.id })
    return count > 0
  })
}

/** The inspection is over, whatever came of it. */
export async function endInspection({ queue, bossJobId }: DueInspection): Promise<void> {
  await (await boss()).complete(queue, bossJobId)
}
