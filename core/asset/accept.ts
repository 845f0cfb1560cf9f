import { copyFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { type InspectedMedia, inspectUpload } from '#core/asset/intake'
import type { UploadLimits } from '#core/asset/limits'
import { createAsset, reuseAsset } from '#core/asset/mutations'
import type { ReceivedUpload } from '#core/asset/upload-finish'
import { newId } from '#core/ids'
import { mediaError } from '#core/media/errors'
import { makeThumbnail } from '#core/media/thumbnail'
import { measureWaveform } from '#core/media/waveform'
import { dataLayout } from '#core/storage/layout'
import type { Storage } from '#core/storage/storage'

export type AcceptOptions = { dataDir: string; storage: Storage; limits: UploadLimits }

/**
 * Turns a received file into an asset: inspects it, makes its thumbnail or waveform, moves it into storage and
 * writes its row. Returns the id of the same owner's earlier asset when the content is the same.
 * Throws MediaError when the file is refused. After any other error the file is where it was, for another try.
 */
export async function acceptUpload(
  upload: ReceivedUpload,
  options: AcceptOptions,
): Promise<{ assetId: string }> {
  const earlier = await reuseAsset(upload.ownerId, upload.kind, upload.sha256)
  if (earlier) return { assetId: earlier }

  const media = await inspectUpload(upload.path, upload.kind, options.limits)
  const peaks = media.kind === 'speech' ? await peaksOf(upload.path, media) : []
  const id = newId()
  const storageKey = `assets/${id}/source.${media.probe.container}`
  const thumbnailKey = await storeThumbnail(id, upload.path, media, options)
  try {
    await options.storage.put(upload.path, storageKey)
    const created = await createAsset({ ...columnsOf(upload, media), id, storageKey, thumbnailKey, peaks })
    if (created.outcome === 'duplicate') await discard(options.storage, storageKey, thumbnailKey)
    return { assetId: created.id }
  } catch (error) {
    await giveBack(options.storage, storageKey, upload.path)
    await discard(options.storage, storageKey, thumbnailKey)
    throw error
  }
}

function columnsOf(upload: ReceivedUpload, { kind, bytes, probe }: InspectedMedia) {
  const { video } = probe
  return {
    ownerId: upload.ownerId,
    kind,
    name: upload.name,
    sha256: upload.sha256,
    bytes,
    container: probe.container,
    durationMs: Math.round(probe.durationSeconds * 1000),
    width: video?.width ?? null,
    height: video?.height ?? null,
    fps: video && video.fpsNum > 0 ? video.fpsNum / video.fpsDen : null,
    hasAudio: probe.audio !== null,
    findings: {
      warnings: [],
      ...(video?.still ? { still: true } : {}),
      ...(video?.alpha ? { alpha: true } : {}),
    },
  }
}

async function peaksOf(file: string, { probe }: InspectedMedia): Promise<number[]> {
  const peaks = await measureWaveform(file, probe)
  if (!peaks)
    throw mediaError('unreadable', { container: probe.container, detail: 'no sound could be decoded' })
  return peaks.map((peak) => Math.round(peak * 100))
}

async function storeThumbnail(id: string, file: string, { probe }: InspectedMedia, options: AcceptOptions) {
  const picture = path.join(dataLayout(options.dataDir).scratch, `${id}.jpg`)
  try {
    if (!(await makeThumbnail(file, probe, picture))) return null
    const key = `assets/${id}/thumbnail.jpg`
    await options.storage.put(picture, key)
    return key
  } finally {
    await rm(picture, { force: true })
  }
}

async function giveBack(storage: Storage, key: string, target: string): Promise<void> {
  if (await storage.exists(key)) await copyFile(await storage.localPath(key), target)
}

async function discard(storage: Storage, ...keys: (string | null)[]): Promise<void> {
  for (const key of keys) if (key) await storage.remove(key)
}
