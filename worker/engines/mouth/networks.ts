import { fileURLToPath } from 'node:url'
import { InferenceSession, type Session, Tensor } from '../onnx-runtime.ts'
import { BANDS } from './log-mel.ts'

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
    ['det_full.onnx', 'mesh_attn_lips.onnx', 'audio2mouth.onnx'].map((name) =>
      InferenceSession.create(fileURLToPath(new URL(`models/${name}`, import.meta.url)), {
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
  /** What the network's last layer sees, FEATURES rows: material to learn a presenter's manner from. */
  features: Float32Array
}

export const FEATURES = 64
const CHUNK = 6000
/** Frames on either side that an output frame depends on: the five dilated convolutions of training/network.py. */
const CONTEXT = 2 + 4 + 8 + 8 + 16

/**
 * Runs the audio network over normalised log-mel (40 rows of `frameCount`) a minute at a time, each with the
 * context it needs, so that memory stays small and the result is as if run at once.
 */
export async function runAudioNetwork(
  session: Session,
  mel: Float32Array,
  frameCount: number,
): Promise<Heard> {
  const heard: Heard = {
    params: new Float32Array(5 * frameCount),
    voice: new Float32Array(frameCount),
    features: new Float32Array(FEATURES * frameCount),
  }
  for (let start = 0; start < frameCount; start += CHUNK) {
    const end = Math.min(frameCount, start + CHUNK)
    const from = Math.max(0, start - CONTEXT)
    const to = Math.min(frameCount, end + CONTEXT)
    const chunk = new Float32Array(BANDS * (to - from))
    for (let band = 0; band < BANDS; band++) {
      chunk.set(mel.subarray(band * frameCount + from, band * frameCount + to), band * (to - from))
    }
    const outputs = await session.run({ mel: new Tensor('float32', chunk, [1, BANDS, to - from]) })
    for (const name of ['params', 'voice', 'features'] as const) {
      const data = outputs[name].data as Float32Array
      for (let row = 0; row < data.length / (to - from); row++) {
        const offset = row * (to - from) - from
        heard[name].set(data.subarray(offset + start, offset + end), row * frameCount + start)
      }
    }
  }
  return heard
}
