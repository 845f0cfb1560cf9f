import { imageOf } from '#worker/engines/vision/presenter'
import type { VideoPlan } from '#worker/pipeline/video-plan'
import { frameBytes } from '#worker/pipeline/video-plan'
import { createFaceInput } from './face-input.ts'
import type { Mel } from './mel.ts'
import { copyWindow, WINDOW_LENGTH } from './mel-windows.ts'
import type { LipNetwork } from './network.ts'

/** Frames on their way through the network, with what it is given for each. */
export interface Batch {
  count: number
  /** Source index of each frame. */
  sources: number[]
  frames: Buffer[]
  mels: Float32Array
  faces: Float32Array
}

/** Most memory of the frames of one batch; there are two batches. */
const FRAME_BUDGET = 256_000_000

/** How many frames a batch has: what was asked for, halved after an attempt without memory, within the budget. */
export function batchSize(plan: VideoPlan, network: LipNetwork, wanted: number, attempt: number): number {
  if (network.fixedBatch !== null) return network.fixedBatch
  const asked = attempt < 2 ? wanted : Math.floor(wanted / 2)
  return Math.max(1, Math.min(asked, Math.floor(FRAME_BUDGET / frameBytes(plan))))
}

export function createBatch(plan: VideoPlan, network: LipNetwork, size: number): Batch {
  return {
    count: 0,
    sources: [],
    frames: Array.from({ length: size }, () => Buffer.allocUnsafe(frameBytes(plan))),
    mels: new Float32Array(size * WINDOW_LENGTH),
    faces: new Float32Array(size * 6 * network.size ** 2),
  }
}

export interface BatchFrame {
  source: number
  frame: Buffer
  box: Float32Array
  /** First mel frame of its window. */
  melStart: number
}

/** Copies a frame, its face and its sound into a batch. */
export function createBatchFiller(plan: VideoPlan, network: LipNetwork, mel: Mel) {
  const cutFace = createFaceInput(network.size)
  const faceLength = 6 * network.size ** 2
  return (batch: Batch, { source, frame, box, melStart }: BatchFrame): void => {
    const at = batch.count++
    batch.sources[at] = source
    frame.copy(batch.frames[at])
    cutFace(imageOf(plan, frame), box, batch.faces.subarray(at * faceLength, (at + 1) * faceLength))
    copyWindow(mel, melStart, batch.mels.subarray(at * WINDOW_LENGTH, (at + 1) * WINDOW_LENGTH))
  }
}
