import { readFile, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { writeCacheFile } from '../../pipeline/cache-file.ts'
import { translateFileError } from '../../pipeline/file-error.ts'
import { readPickedFrames } from '../../pipeline/frame-reader.ts'
import type { VideoPlan } from '../../pipeline/video-plan.ts'
import type { Basis } from './basis.ts'
import { percentile } from './curves.ts'
import { type FacePose, toPixelX, toPixelY } from './landmarks.ts'
import { type LipContour, lipContour } from './lip-contour.ts'
import { facePose, type MouthMeasures } from './mouth-measures.ts'
import type { Presenter } from './presenter.ts'

/** The inside of the presenter's own mouth in one frame: what is shown between the rendered lips. */
export interface Exemplar {
  opening: number
  pose: FacePose
  contour: LipContour
  patch: Patch
}

/** A part of a frame as I420, at even coordinates. */
export interface Patch {
  x: number
  y: number
  width: number
  height: number
  data: Uint8Array
}

/** Frames whose openings come nearest to these shares of the widest one are taken. */
const SHARES = [0.5, 0.8, 1]
/** A mouth that never opens further than this, in face units, shows nothing of its inside. */
const LEAST_OPENING = 0.07

/** Up to three exemplars, widening; none where the presenter's mouth stays shut. Cached beside the analysis. */
export async function loadExemplars(
  presenter: Presenter,
  basis: Basis,
  signal: AbortSignal,
): Promise<Exemplar[]> {
  const indexes = exemplarIndexes(presenter.measures)
  const exemplars: Exemplar[] = []
  for (const index of indexes) exemplars.push(await describe(presenter, basis, index))
  if (exemplars.length === 0) return []
  const { plan, length, cacheBase } = presenter
  const path = `${cacheBase}-${plan.width}x${plan.height}-${length}.mouths`
  if (await readPatches(path, exemplars)) return exemplars
  await cutPatches(plan, indexes, exemplars, signal)
  const body = Buffer.concat(exemplars.map(({ patch }) => patch.data))
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32LE(crc32(body), 0)
  await writeCacheFile(path, (temporary) =>
    writeFile(temporary, Buffer.concat([checksum, body])).catch(translateFileError),
  )
  return exemplars
}

/** Distinct frames in rising order of opening. */
function exemplarIndexes({ opening, weight }: MouthMeasures): number[] {
  const usable = opening.map((value, n) => (weight[n] === 1 ? value : 0))
  const widest = percentile(usable, 0.97)
  if (widest < LEAST_OPENING) return []
  const nearest = (wanted: number) =>
    usable.reduce(
      (best, value, n) => (Math.abs(value - wanted) < Math.abs(usable[best] - wanted) ? n : best),
      0,
    )
  return [...new Set(SHARES.map((share) => nearest(widest * share)))].sort((a, b) => usable[a] - usable[b])
}

async function describe(presenter: Presenter, basis: Basis, index: number): Promise<Exemplar> {
  const face = (await presenter.analysis.read(index, 1)).slice()
  const pose = facePose(face, basis)
  const contour = lipContour(face.subarray(1), pose, basis)
  const { width, height } = presenter.plan
  const patch = emptyPatch(pose, contour, width, height)
  return { opening: presenter.measures.opening[index], pose, contour, patch }
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

async function cutPatches(plan: VideoPlan, indexes: number[], exemplars: Exemplar[], signal: AbortSignal) {
  const ordered = [...indexes].sort((a, b) => a - b)
  let n = 0
  for await (const frame of readPickedFrames(plan, ordered, signal)) {
    cut(frame, plan, exemplars[indexes.indexOf(ordered[n])].patch)
    n++
  }
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

async function readPatches(path: string, exemplars: Exemplar[]): Promise<boolean> {
  const file = await readFile(path).catch(() => null)
  const total = exemplars.reduce((sum, { patch }) => sum + patch.data.length, 0)
  if (!file || file.length !== 4 + total || crc32(file.subarray(4)) !== file.readUInt32LE(0)) return false
  let at = 4
  for (const { patch } of exemplars) {
    patch.data.set(file.subarray(at, at + patch.data.length))
    at += patch.data.length
  }
  return true
}
