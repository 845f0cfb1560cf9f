import type { Asset } from '#core/asset/data'
import { assetThumbnailUrl } from './job.ts'

export type AssetJson = ReturnType<typeof assetJson>

/** An asset as the API answers it and as pages take it. */
export function assetJson(asset: Asset) {
  const { id, kind, name, bytes, container, durationMs, width, height, fps, hasAudio, peaks } = asset
  const { state, findings } = asset
  return {
    id,
    kind,
    name,
    bytes,
    container,
    durationMs,
    width,
    height,
    fps,
    hasAudio,
    peaks,
    state,
    findings,
    createdAt: asset.createdAt.toISOString(),
    thumbnail: assetThumbnailUrl(asset),
    sprite: asset.spriteKey ? `/api/v1/assets/${id}/sprite` : null,
    media: `/api/v1/assets/${id}/media`,
  }
}
