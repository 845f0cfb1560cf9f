import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cutPatch, type Patch, patchBox } from '#worker/engines/mouth/paint/mouth-patch'
import type { Basis } from '#worker/engines/vision/basis'
import { isSeen } from '#worker/engines/vision/lost-faces'
import { facePose } from '#worker/engines/vision/mouth-measures'
import { translateFileError } from '#worker/pipeline/file-error'
import type { VideoPlan } from '#worker/pipeline/video-plan'
import { RUN } from './choose-units.ts'
import type { Region } from './region.ts'
import { COLOUR_VALUES, skinColours } from './skin-colours.ts'

/**
 * Cuts the mouths out of a clip's frames while they pass by, before it is known which will be units: they wait in a
 * scratch file. The skin's colours are kept of every frame.
 */
export interface UnitCutter {
  /** Frames seen so far. */
  readonly frames: number
  /** Takes the next frame and its face, as the tracker saw it. */
  see(frame: Uint8Array, record: Float32Array): Promise<void>
  /** Frames whose mouth was cut out. */
  has(index: number): boolean
  /** Bytes of the largest mouth that was cut out. */
  readonly largest: number
  take(index: number): Promise<Patch>
  /** Colours of the first so many frames, one after another; zeros where no face was seen. */
  colours(frames: number): Float16Array
  close(): Promise<void>
}

/** At most so many mouths are cut out: of longer clips, evenly spread runs of frames. */
const MAX_CUTS = 768
/** Margin around the region in pixels and in face units. */
const MARGIN = { pixels: 4, units: 0.02 }
const BLOCK_FRAMES = 256

/** `expected` is how many frames the clip should have: what is cut out depends on it and on nothing else. */
export async function openUnitCutter(
  plan: VideoPlan,
  basis: Basis,
  region: Region,
  scratchDir: string,
  expected: number,
): Promise<UnitCutter> {
  const path = join(scratchDir, 'mouths.yuv')
  const file: FileHandle = await open(path, 'w+').catch(translateFileError)
  const stride = Math.ceil(expected / MAX_CUTS)
  const cuts = new Map<number, Omit<Patch, 'data'> & { at: number }>()
  const colours = createColourStore(plan, region, basis)
  let [frames, largest, end] = [0, 0, 0]
  let writing: Promise<unknown> = Promise.resolve()
  return {
    get frames() {
      return frames
    },
    get largest() {
      return largest
    },
    has: (index) => cuts.has(index),
    async see(frame, record) {
      const index = frames++
      colours.push(frame, record)
      if (!isSeen(record) || index % (RUN * stride) >= RUN) return
      const patch = cutMouth(frame, record, plan, basis, region)
      if (!patch) return
      const { data, ...box } = patch
      cuts.set(index, { ...box, at: end })
      largest = Math.max(largest, data.length)
      // One mouth is written while the next frame is tracked.
      await writing
      writing = file.write(data, 0, data.length, end).catch(translateFileError)
      writing.catch(() => {})
      end += data.length
    },
    async take(index) {
      await writing
      const { at, ...box } = cuts.get(index)!
      const data = new Uint8Array((box.width * box.height * 3) / 2)
      await file.read(data, 0, data.length, at)
      return { ...box, data }
    },
    colours: (count) => colours.first(count),
    async close() {
      await writing.catch(() => {})
      await file.close()
      await rm(path, { force: true })
    },
  }
}

/** The box of the region in a frame; null where it isn't wholly in the picture. */
function cutMouth(
  frame: Uint8Array,
  record: Float32Array,
  plan: VideoPlan,
  basis: Basis,
  { vertices }: Region,
): Patch | null {
  const margin = MARGIN.pixels + MARGIN.units * facePose(record, basis).scale
  const xs = vertices.map((vertex) => record[1 + 2 * vertex])
  const ys = vertices.map((vertex) => record[2 + 2 * vertex])
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  if (left < 0 || top < 0 || right >= plan.width || bottom >= plan.height) return null
  const patch = patchBox(
    { left: left - margin, right: right + margin, top: top - margin, bottom: bottom + margin },
    plan,
  )
  cutPatch(frame, plan, patch)
  return patch
}

/** Colours of each frame in half floats: 1/8 of chroma and 1/256 of luma are more than enough. */
function createColourStore(plan: VideoPlan, region: Region, basis: Basis) {
  const values = COLOUR_VALUES * region.skin.length
  const own = new Float32Array(values)
  const blocks: Float16Array[] = []
  let count = 0
  return {
    push(frame: Uint8Array, record: Float32Array) {
      if (count % BLOCK_FRAMES === 0) blocks.push(new Float16Array(values * BLOCK_FRAMES))
      own.fill(0)
      if (isSeen(record))
        skinColours(frame, plan, record.subarray(1), region, facePose(record, basis).scale, own)
      blocks.at(-1)!.set(own, (count % BLOCK_FRAMES) * values)
      count++
    },
    first(frames: number): Float16Array {
      const all = new Float16Array(frames * values)
      blocks.forEach((block, n) => {
        const at = n * BLOCK_FRAMES * values
        if (at < all.length) all.set(block.subarray(0, all.length - at), at)
      })
      return all
    },
  }
}
