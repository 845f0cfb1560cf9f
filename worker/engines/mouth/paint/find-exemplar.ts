import { readFile, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Basis } from '#worker/engines/vision/basis'
import { LOOK_BYTES } from '#worker/engines/vision/face-look'
import { facePose, type MouthMeasures } from '#worker/engines/vision/mouth-measures'
import { percentile } from '#worker/engines/vision/numbers'
import type { Presenter } from '#worker/engines/vision/presenter'
import { writeCacheFile } from '#worker/pipeline/cache-file'
import { translateFileError } from '#worker/pipeline/file-error'
import { toNumber } from '#worker/pipeline/frame-rate'
import { readPickedFrames, unreadableVideo } from '#worker/pipeline/frame-reader'
import type { FrameStore } from '#worker/pipeline/frame-store'
import { frameBytes } from '#worker/pipeline/video-plan'
import type { Exemplar } from './exemplar.ts'
import { faceLight } from './face-light.ts'
import { lipContour } from './lip-contour.ts'
import { cavityOf, clarityOf } from './mouth-judgement.ts'
import { cutPatch, emptyPatch } from './mouth-patch.ts'

/** A mouth that never opens further than this, in face units, shows nothing of its inside. */
const MIN_OPENING = 0.07
/** Frames that open at least this share of the widest opening are tried, so many of them. */
const WIDE = 0.75
const TRIED = 12
/** A head that is turned by so many degrees against the usual pose shows half as good a mouth. */
const TURNED = 20

/**
 * Finds the presenter's own open mouth, in the wide frame that shows it best; null where the mouth stays shut. There is
 * one and no more: the teeth of two would show double where one gives way to the other. It is cached beside the
 * analysis. `kept` may hold frames of the video, which then needn't be decoded again.
 */
export async function loadExemplar(
  presenter: Presenter,
  basis: Basis,
  signal: AbortSignal,
  kept: FrameStore | null = null,
): Promise<Exemplar | null> {
  const { plan, length, cacheBase } = presenter
  const candidates = widestFrames(presenter.measures)
  if (candidates.length === 0) return null
  const path = `${cacheBase}-${plan.width}x${plan.height}-${length}.mouth`
  const cached = await readPatch(path, candidates)
  if (cached) {
    const exemplar = await describe(presenter, basis, cached.index)
    if (exemplar.patch.data.length === cached.data.length) {
      exemplar.patch.data.set(cached.data)
      return { ...exemplar, light: cached.light, cavity: cavityOf(exemplar) }
    }
  }
  const frames = pickFrames(presenter, candidates, kept, signal)
  const { index, exemplar } = await best(presenter, basis, candidates, frames)
  const body = Buffer.concat([Buffer.alloc(8), exemplar.patch.data])
  body.writeUInt32LE(index, 0)
  body.writeFloatLE(exemplar.light, 4)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32LE(crc32(body), 0)
  await writeCacheFile(path, (temporary) =>
    writeFile(temporary, Buffer.concat([checksum, body])).catch(translateFileError),
  )
  return exemplar
}

/** Frames with a mouth wide open, in rising order, evenly picked where there are many. */
function widestFrames({ opening, weight }: MouthMeasures): number[] {
  const usable = opening.map((value, n) => (weight[n] === 1 ? value : 0))
  const widest = percentile(usable, 0.97)
  if (widest < MIN_OPENING) return []
  const wide = [...usable.keys()].filter((n) => usable[n] >= widest * WIDE && usable[n] <= widest * 1.15)
  const step = Math.max(1, wide.length / TRIED)
  return Array.from({ length: Math.min(TRIED, wide.length) }, (_, k) => wide[Math.floor(k * step)])
}

/** Cuts the mouth out of each candidate and keeps the one that is sharp, wide and seen from the front. */
async function best(presenter: Presenter, basis: Basis, candidates: number[], frames: AsyncIterable<Buffer>) {
  const { plan, analysis, measures } = presenter
  const looks = await analysis.looks()
  const yaw = (n: number) => looks[n * LOOK_BYTES + 1]
  const usual = percentile(
    Float32Array.from({ length: presenter.length }, (_, n) => yaw(n)),
    0.5,
  )
  let found: { index: number; exemplar: Exemplar; score: number } | null = null
  let k = 0
  for await (const frame of frames) {
    const index = candidates[k++]
    const exemplar = await describe(presenter, basis, index)
    cutPatch(frame, plan, exemplar.patch)
    const front = 1 / (1 + Math.abs(yaw(index) - usual) / TURNED)
    const score = clarityOf(exemplar) * measures.opening[index] * front
    if (found && score <= found.score) continue
    const light = faceLight(frame, plan, (await analysis.read(index, 1)).slice(), basis)
    found = { index, score, exemplar: { ...exemplar, light, cavity: cavityOf(exemplar) } }
  }
  if (!found) throw unreadableVideo(plan, candidates[0] / toNumber(plan.fps), 'no frame with an open mouth')
  return found
}

async function* pickFrames(
  { plan }: Presenter,
  indexes: number[],
  kept: FrameStore | null,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  if (!kept || !indexes.every((index) => kept.has(index))) {
    yield* readPickedFrames(plan, indexes, signal)
    return
  }
  const frame = Buffer.allocUnsafe(frameBytes(plan))
  for (const index of indexes) yield await kept.read(index, frame)
}

async function describe(presenter: Presenter, basis: Basis, index: number): Promise<Exemplar> {
  const face = (await presenter.analysis.read(index, 1)).slice()
  const pose = facePose(face, basis)
  const contour = lipContour(face.subarray(1), pose, basis)
  const { width, height } = presenter.plan
  const patch = emptyPatch(pose, contour, width, height)
  return { opening: presenter.measures.opening[index], pose, contour, patch, light: 1, cavity: 1 }
}

interface Cached {
  index: number
  light: number
  data: Buffer
}

async function readPatch(path: string, candidates: number[]): Promise<Cached | null> {
  const file = await readFile(path).catch(() => null)
  if (!file || file.length < 12 || crc32(file.subarray(4)) !== file.readUInt32LE(0)) return null
  const index = file.readUInt32LE(4)
  const light = file.readFloatLE(8)
  return candidates.includes(index) ? { index, light, data: file.subarray(12) } : null
}
