import { fileURLToPath } from 'node:url'
import { InferenceSession, type Session, Tensor } from '#worker/engine-contract/onnx-runtime'
import { loudMeans, normaliseLogMel } from './speech/curves.ts'
import { BANDS } from './speech/log-mel.ts'

/** The engine's three networks, loaded once a process. */
export interface Networks {
  detector: Session
  mesh: Session
  audio: Session
}

/** One thread each: more made no render faster on two cores, as decoder and encoder use the others. */
const THREADS = 1

export async function loadNetworks(): Promise<Networks> {
  const [detector, mesh, audio] = await Promise.all(
    [
      '../vision/models/det_full.onnx',
      '../vision/models/mesh_attn_lips.onnx',
      'speech/models/audio2mouth.onnx',
    ].map((path) =>
      InferenceSession.create(fileURLToPath(new URL(path, import.meta.url)), {
        executionProviders: ['cpu'],
        intraOpNumThreads: THREADS,
        graphOptimizationLevel: 'all',
      }),
    ),
  )
  return { detector, mesh, audio }
}

export async function releaseNetworks(networks: Networks): Promise<void> {
  await Promise.all([networks.detector.release(), networks.mesh.release(), networks.audio.release()])
}

/** Runs a network on one image of `size` x `size`, 3 planes. Outputs by name. */
export async function runOnImage(session: Session, planes: Float32Array, size: number) {
  const outputs = await session.run({ input: new Tensor('float32', planes, [1, 3, size, size]) })
  return (name: string) => outputs[name].data as Float32Array
}

/** What the audio network makes of a speech, a value each 10 ms. */
export interface Heard {
  /** Opening, spread, rounding, closure, lip on teeth: rows of `frameCount`. */
  params: Float32Array
  /** Probability that somebody speaks. */
  voice: Float32Array
  /** What the network's last layer sees: material to learn a presenter's manner from. */
  features: Features
}

/** FEATURES rows in bytes: `bytes / 255 * scale`. Each 20 s have scales of their own, FEATURES after FEATURES. */
export interface Features {
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
export function featuresAt({ bytes, scales }: Features, frame: number): number[] {
  const frameCount = bytes.length / FEATURES
  const chunk = Math.floor(frame / CHUNK)
  return Array.from({ length: FEATURES }, (_, row) => {
    return (bytes[row * frameCount + frame] / 255) * scales[chunk * FEATURES + row]
  })
}

/**
 * What the network reads and writes for a piece of so many frames. Most pieces are equally long: results of its own for
 * each would stay until they are collected as garbage, which for a long speech is most of the memory.
 */
function roomFor(count: number) {
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
): Promise<Heard> {
  const means = loudMeans(frames, frameCount)
  const heard: Heard = {
    params: new Float32Array(PARAMS * frameCount),
    voice: new Float32Array(frameCount),
    features: {
      bytes: new Uint8Array(FEATURES * frameCount),
      scales: new Float32Array(scaleCount(frameCount)),
    },
  }
  let room = roomFor(0)
  for (let start = 0; start < frameCount; start += CHUNK) {
    const end = Math.min(frameCount, start + CHUNK)
    const from = Math.max(0, start - CONTEXT)
    const to = Math.min(frameCount, end + CONTEXT)
    if (room.count !== to - from) room = roomFor(to - from)
    normaliseLogMel(frames, means, from, to, room.mel.data as Float32Array)
    await session.run({ mel: room.mel }, room.outputs)
    const rowsOf = (name: keyof typeof room.outputs) => {
      const data = room.outputs[name].data as Float32Array
      return Array.from({ length: data.length / (to - from) }, (_, row) => {
        const offset = row * (to - from) - from
        return data.subarray(offset + start, offset + end)
      })
    }
    rowsOf('params').forEach((values, row) => {
      heard.params.set(values, row * frameCount + start)
    })
    heard.voice.set(rowsOf('voice')[0], start)
    rowsOf('features').forEach((values, row) => {
      const scale = values.reduce((most, value) => Math.max(most, value), 1e-6)
      heard.features.scales[(start / CHUNK) * FEATURES + row] = scale
      heard.features.bytes.set(
        values.map((value) => (255 * value) / scale),
        row * frameCount + start,
      )
    })
  }
  return heard
}
