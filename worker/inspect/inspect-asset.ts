import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Asset } from '#core/asset/data'
import type { AssetFindings } from '#core/asset/findings'
import type { InspectionResult } from '#core/asset/inspection'
import { type MediaProbe, probeMedia } from '#core/media/probe'
import { measureSound } from '#core/media/sound'
import type { Storage } from '#core/storage/storage'
import type { FaceNetworks } from '#worker/engines/vision/face-networks'
import { planVideo, type VideoPlan } from '#worker/pipeline/video-plan'
import { createFaceLook } from './look-at-faces.ts'
import { isPlayable, writePoster, writeSoundPreview, writeSprite, writeVideoPreview } from './pictures.ts'
import { type Look, presenterFindings } from './presenter-findings.ts'
import { sampleFrames } from './sample-frames.ts'
import { speechFindings } from './speech-findings.ts'

export interface InspectionParts {
  storage: Storage
  /** The inspector's own folder for files in the making. */
  scratchDir: string
  networks: () => Promise<FaceNetworks>
  signal: AbortSignal
}

/** Pictures are looked at with this short side: a face that is smaller in it is too small in any. */
const LOOK_SIZE = 480

/** Finds out within seconds what people should know of a file before they use it, and chooses its poster. */
export async function inspectAsset(asset: Asset, parts: InspectionParts): Promise<InspectionResult> {
  const { storage, signal } = parts
  const path = await storage.localPath(asset.storageKey)
  const probe = await probeMedia(path, { signal })
  if (asset.kind === 'speech')
    return { findings: speechFindings(await measureSound(path, probe, { signal })) }
  const { still, alpha } = probe.video!
  const about: Partial<AssetFindings> = { ...(still ? { still } : {}), ...(alpha ? { alpha } : {}) }
  const plan = await planVideo(path, signal, { fps: null, size: LOOK_SIZE, quality: 'standard' })
  const looks = await lookAtAll(plan, parts)
  const thumbnailKey = await storePoster(asset, plan, looks, parts)
  return { findings: { ...presenterFindings(looks), ...about }, ...(thumbnailKey ? { thumbnailKey } : {}) }
}

async function lookAtAll(plan: VideoPlan, { networks, signal }: InspectionParts): Promise<Look[]> {
  const [samples, loaded] = await Promise.all([sampleFrames(plan, signal), networks()])
  const look = createFaceLook(loaded, plan)
  const looks: Look[] = []
  for (const sample of samples) {
    signal.throwIfAborted()
    looks.push({ ...sample, ...(await look(sample.frame)) })
  }
  return looks
}

/** The picture with the best view of the face: open eyes, looking ahead. Null where no picture shows one. */
export function bestLook(looks: Look[]): Look | null {
  const value = ({ face }: Look) =>
    face?.usable ? 1 + 4 * Math.min(0.3, face.eyes) - Math.abs(face.yaw) / 60 : -1
  const best = [...looks].sort((a, b) => value(b) - value(a))[0]
  return best?.face?.usable ? best : null
}

async function storePoster(asset: Asset, plan: VideoPlan, looks: Look[], parts: InspectionParts) {
  const look = bestLook(looks) ?? looks.at(Math.min(1, looks.length - 1))
  if (!look) return null
  return store(asset, 'thumbnail.jpg', parts, (file) => writePoster(look.frame, plan, file, parts.signal))
}

/** Makes what takes longer: a version that every browser plays where the source is not one, and pictures for scrubbing. */
export async function makePreviews(
  asset: Asset,
  parts: InspectionParts,
): Promise<Pick<InspectionResult, 'previewKey' | 'spriteKey'>> {
  const { storage, signal } = parts
  const path = await storage.localPath(asset.storageKey)
  const probe = await probeMedia(path, { signal })
  const previewKey = await storePreview(asset, path, probe, parts)
  if (asset.kind === 'speech' || probe.video?.still) return { ...(previewKey ? { previewKey } : {}) }
  const plan = await planVideo(path, signal, { fps: null, size: LOOK_SIZE, quality: 'standard' })
  const spriteKey = await store(asset, 'sprite.jpg', parts, (file) => writeSprite(plan, file, signal))
  return { ...(previewKey ? { previewKey } : {}), ...(spriteKey ? { spriteKey } : {}) }
}

async function storePreview(asset: Asset, path: string, probe: MediaProbe, parts: InspectionParts) {
  const mended = asset.findings.warnings.some(({ code }) => code === 'turned_side')
  if (probe.video?.still && asset.kind === 'presenter') return null
  if (isPlayable(probe, asset.kind) && !mended) return null
  const { signal } = parts
  return asset.kind === 'speech'
    ? store(asset, 'preview.m4a', parts, (file) => writeSoundPreview(path, probe, file, signal))
    : store(asset, 'preview.mp4', parts, (file) => writeVideoPreview(path, probe, file, signal))
}

/** Puts a file that is made here beside the asset's own; null where it could not be made. */
async function store(
  asset: Asset,
  name: string,
  { storage, scratchDir }: InspectionParts,
  make: (file: string) => Promise<boolean>,
): Promise<string | null> {
  await mkdir(scratchDir, { recursive: true })
  const file = join(scratchDir, `${asset.id}-${name}`)
  try {
    if (!(await make(file))) return null
    const key = `assets/${asset.id}/${name}`
    await storage.put(file, key)
    return key
  } finally {
    await rm(file, { force: true })
  }
}
