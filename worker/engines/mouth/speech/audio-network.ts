import { fileURLToPath } from 'node:url'
import { type Session, Tensor } from '#worker/engine-contract/onnx-runtime'
import { BANDS } from './log-mel.ts'
import { loudMeans, normaliseLogMel } from './loudness.ts'

/** File of the network. */
export const AUDIO_MODEL = fileURLToPath(new URL('models/audio2mouth.onnx', import.meta.url))

/** What the audio network makes of a speech, a value each 10 ms. */
export interface NetworkOutput {
  /** Opening, spread, rounding, closure, lip on teeth: rows of `frameCount`. */
  params: Float32Array
  /** Probability that somebody speaks. */
  voice: Float32Array
  /** What the network's last layer sees: material to learn a presenter's speaking style from. */
  layer: LastLayer
}

/** FEATURES rows in bytes: `bytes / 255 * scale`. Each 20 s have scales of their own, FEATURES after FEATURES. */
export interface LastLayer {
  bytes: Uint8Array
  scales: Float32Array
}

export const FEATURES = 64
const PARAMS = 5
const CHUNK = 2000
/** Frames on either side that an output frame depends on: the five dilated convolutions of training/network.py. */
const CONTEXT = 2 + 4 + 8 + 8 + 16

/** Scales of a speech of so many frames. */
export function scaleCount(frameCount: number): number {
  return FEATURES * Math.ceil(frameCount / CHUNK)
}

/** All features at a frame. */
export function featuresAt({ bytes, scales }: LastLayer, frame: number): number[] {
  const frameCount = bytes.length / FEATURES
  const chunk = Math.floor(frame / CHUNK)
  return Array.from({ length: FEATURES }, (_, row) => {
    return (bytes[row * frameCount + frame] / 255) * scales[chunk * FEATURES + row]
  })
}

/**
 * The tensors that the network reads and writes for a piece of so many frames. Most pieces are equally long and share
 * them: new tensors for each would stay until the garbage collector runs, which for a long speech is most of the memory.
 */
function allocate(count: number) {
  const tensor = (rows: number) => new Tensor('float32', new Float32Array(rows * count), [1, rows, count])
  return {
    ...{ count, mel: tensor(BANDS) },
    outputs: { params: tensor(PARAMS), voice: tensor(1), features: tensor(FEATURES) },
  }
}

/**
 * Runs the audio network over log-mel frames, 20 s at a time, each with the context it needs, so that memory stays
 * small and the result is as if run at once.
 */
export async function runAudioNetwork(
  session: Session,
  frames: Float16Array,
  frameCount: number,
): Promise<NetworkOutput> {
  const means = loudMeans(frames, frameCount)
  const output: NetworkOutput = {
    params: new Float32Array(PARAMS * frameCount),
    voice: new Float32Array(frameCount),
    layer: {
      bytes: new Uint8Array(FEATURES * frameCount),
      scales: new Float32Array(scaleCount(frameCount)),
    },
  }
  let space = allocate(0)
  for (let start = 0; start < frameCount; start += CHUNK) {
    const end = Math.min(frameCount, start + CHUNK)
    const from = Math.max(0, start - CONTEXT)
    const to = Math.min(frameCount, end + CONTEXT)
    if (space.count !== to - from) space = allocate(to - from)
    normaliseLogMel(frames, means, from, to, space.mel.data as Float32Array)
    await session.run({ mel: space.mel }, space.outputs)
    const rowsOf = (name: keyof typeof space.outputs) => {
      const data = space.outputs[name].data as Float32Array
      return Array.from({ length: data.length / (to - from) }, (_, row) => {
        const offset = row * (to - from) - from
        return data.subarray(offset + start, offset + end)
      })
    }
    rowsOf('params').forEach((values, row) => {
      output.params.set(values, row * frameCount + start)
    })
    output.voice.set(rowsOf('voice')[0], start)
    rowsOf('features').forEach((values, row) => {
      const scale = values.reduce((most, value) => Math.max(most, value), 1e-6)
      output.layer.scales[(start / CHUNK) * FEATURES + row] = scale
      output.layer.bytes.set(
        values.map((value) => (255 * value) / scale),
        row * frameCount + start,
      )
    })
  }
  return output
}
