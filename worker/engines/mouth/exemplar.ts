import { readFile, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { writeCacheFile } from '../../pipeline/cache-file.ts'
import { translateFileError } from '../../pipeline/file-error.ts'
import { toNumber } from '../../pipeline/frame-rate.ts'
import { readPickedFrames, unreadableVideo } from '../../pipeline/frame-reader.ts'
import type { VideoPlan } from '../../pipeline/video-plan.ts'
import type { Basis } from './basis.ts'
import { percentile } from './curves.ts'
import { faceLight } from './face-light.ts'
import { LOOK_BYTES } from './face-look.ts'
import { type FacePose, toPixelX, toPixelY } from './landmarks.ts'
import { edgeAt, type LipContour, lipContour } from './lip-contour.ts'
import { facePose, type MouthMeasures } from './mouth-measures.ts'
import type { Presenter } from './presenter.ts'
import { bilinear } from './yuv-image.ts'

/** The inside of the presenter's own mouth in one frame: what is shown between the rendered lips. */
export interface Exemplar {
  opening: number
  pose: FacePose
  contour: LipContour
  patch: Patch
  /** How light the face was there. */
  light: number
  /** Where the dark between upper and lower teeth is, as a share of the gap; 1 where teeth hide it all. */
  cavity: number
}

/** A part of a frame as I420, at even coordinates. */
export interface Patch {
  x: number
  y: number
  width: number
  height: number
  data: Uint8Array
}

/** A mouth that never opens further than this, in face units, shows nothing of its inside. */
const LEAST_OPENING = 0.07
/** Frames that open at least this share of the widest opening are tried, so many of them. */
const WIDE = 0.75
const TRIED = 12
/** A head that is turned by so many degrees against the usual pose shows half as good a mouth. */
const TURNED = 20

/**
 * The presenter's own open mouth, from the wide frame that shows it best; null where the mouth stays shut. One and no
 * more: teeth of two would show double where one gives way to the other. Cached beside the analysis.
 */
export async function loadExemplar(
  presenter: Presenter,
  basis: Basis,
  signal: AbortSignal,
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
  const { index, exemplar } = await best(presenter, basis, candidates, signal)
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
  if (widest < LEAST_OPENING) return []
  const wide = [...usable.keys()].filter((n) => usable[n] >= widest * WIDE && usable[n] <= widest * 1.15)
  const step = Math.max(1, wide.length / TRIED)
  return Array.from({ length: Math.min(TRIED, wide.length) }, (_, k) => wide[Math.floor(k * step)])
}

/** Cuts the mouth out of each candidate and keeps the one that is sharp, wide and seen from the front. */
async function best(presenter: Presenter, basis: Basis, candidates: number[], signal: AbortSignal) {
  const { plan, analysis, measures } = presenter
  const looks = await analysis.looks()
  const yaw = (n: number) => looks[n * LOOK_BYTES + 1]
  const usual = percentile(
    Float32Array.from({ length: presenter.length }, (_, n) => yaw(n)),
    0.5,
  )
  let found: { index: number; exemplar: Exemplar; score: number } | null = null
  let k = 0
  for await (const frame of readPickedFrames(plan, candidates, signal)) {
    const index = candidates[k++]
    const exemplar = await describe(presenter, basis, index)
    cut(frame, plan, exemplar.patch)
    const front = 1 / (1 + Math.abs(yaw(index) - usual) / TURNED)
    const score = sharpness(exemplar.patch) * contrastOf(exemplar) * measures.opening[index] * front
    if (found && score <= found.score) continue
    const light = faceLight(frame, plan, (await analysis.read(index, 1)).slice(), basis)
    found = { index, score, exemplar: { ...exemplar, light, cavity: cavityOf(exemplar) } }
  }
  if (!found) throw unreadableVideo(plan, candidates[0] / toNumber(plan.fps), 'no frame with an open mouth')
  return found
}

/** Heights at which the gap is looked at, and the part of its width. */
const HEIGHTS = 20
const LOOKED_AT = [-0.35, -0.2, -0.07, 0.07, 0.2, 0.35]
/** Darker than this share of the brightest height is the dark of the mouth. */
const DARK = 0.62

/** The darkest height between the lips, as a share of the gap from above. */
function cavityOf(exemplar: Exemplar): number {
  const luma = heightsOf(exemplar)
  const darkest = luma.indexOf(Math.min(...luma))
  return luma[darkest] < DARK * Math.max(...luma) ? (darkest + HEIGHTS / 5 + 0.5) / HEIGHTS : 1
}

/** How much darker the dark of the mouth is than its teeth, in luma, and a little for any. */
function contrastOf(exemplar: Exemplar): number {
  const luma = heightsOf(exemplar)
  return 30 + Math.max(...luma) - Math.min(...luma)
}

/** Mean luma at heights between the lips, without the dark rims of the lips themselves. */
function heightsOf({ pose, contour, patch }: Exemplar): number[] {
  const luma = Array.from({ length: HEIGHTS }, (_, k) => {
    const values = LOOKED_AT.map((u) => {
      const [top, bottom] = [edgeAt(contour.upper, u), edgeAt(contour.lower, u)]
      const x = contour.centreX + u * contour.halfWidth
      const y = top + ((bottom - top) * (k + 0.5)) / HEIGHTS
      const [px, py] = [toPixelX(pose, x, y) - patch.x, toPixelY(pose, x, y) - patch.y]
      return bilinear(patch.data, 0, patch.width, patch.height, px, py)
    })
    return values.reduce((sum, value) => sum + value, 0) / values.length
  })
  return luma.slice(HEIGHTS / 5, (HEIGHTS * 4) / 5)
}

/** Mean difference between neighbouring pixels of the middle of a patch, where teeth are. */
function sharpness({ width, height, data }: Patch): number {
  const [left, top, right, bottom] = [width / 5, height / 5, (width * 4) / 5, (height * 4) / 5].map(
    Math.floor,
  )
  let sum = 0
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = y * width + x
      sum += Math.abs(data[at] - data[at + 1]) + Math.abs(data[at] - data[at + width])
    }
  }
  return sum / Math.max(1, (right - left) * (bottom - top))
}

async function describe(presenter: Presenter, basis: Basis, index: number): Promise<Exemplar> {
  const face = (await presenter.analysis.read(index, 1)).slice()
  const pose = facePose(face, basis)
  const contour = lipContour(face.subarray(1), pose, basis)
  const { width, height } = presenter.plan
  const patch = emptyPatch(pose, contour, width, height)
  return { opening: presenter.measures.opening[index], pose, contour, patch, light: 1, cavity: 1 }
}

/** The box around the gap between the lips, with a margin of two pixels. */
function emptyPatch(pose: FacePose, contour: LipContour, width: number, height: number): Patch {
  const { centreX, halfWidth, upper, lower } = contour
  const top = Math.min(...upper)
  const bottom = Math.max(...lower)
  const corners = [-1, 1].flatMap((side) =>
    [top, bottom].map((y) => ({
      x: toPixelX(pose, centreX + side * halfWidth, y),
      y: toPixelY(pose, centreX + side * halfWidth, y),
    })),
  )
  const even = (value: number, limit: number) => Math.min(Math.max(0, value), limit) & ~1
  const x = even(Math.min(...corners.map((corner) => corner.x)) - 3, width - 8)
  const y = even(Math.min(...corners.map((corner) => corner.y)) - 3, height - 8)
  const right = even(Math.max(...corners.map((corner) => corner.x)) + 5, width)
  const down = even(Math.max(...corners.map((corner) => corner.y)) + 5, height)
  const size = { width: Math.max(8, right - x), height: Math.max(8, down - y) }
  return { x, y, ...size, data: new Uint8Array((size.width * size.height * 3) / 2) }
}

function cut(frame: Uint8Array, plan: VideoPlan, { x, y, width, height, data }: Patch) {
  const copy = (offset: number, stride: number, px: number, py: number, w: number, h: number, to: number) => {
    for (let row = 0; row < h; row++) {
      const at = offset + (py + row) * stride + px
      data.set(frame.subarray(at, at + w), to + row * w)
    }
  }
  const luma = plan.width * plan.height
  const half = plan.width >> 1
  const [cw, ch] = [width >> 1, height >> 1]
  copy(0, plan.width, x, y, width, height, 0)
  copy(luma, half, x >> 1, y >> 1, cw, ch, width * height)
  copy(luma + half * (plan.height >> 1), half, x >> 1, y >> 1, cw, ch, width * height + cw * ch)
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
