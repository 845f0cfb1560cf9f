import { fileURLToPath } from 'node:url'
import { InferenceSession, type Session, Tensor } from '#worker/engine-contract/onnx-runtime'

/** The networks that find a face: the detector in a whole picture, the mesh in the part that shows it. */
export interface FaceNetworks {
  detector: Session
  mesh: Session
}

/** Files of the networks. */
export const FACE_MODELS = ['det_full.onnx', 'mesh_attn_lips.onnx'].map((name) =>
  fileURLToPath(new URL(`models/${name}`, import.meta.url)),
)

export async function loadFaceNetworks(): Promise<FaceNetworks> {
  const [detector, mesh] = await Promise.all(FACE_MODELS.map(openNetwork))
  return { detector, mesh }
}

export async function releaseFaceNetworks({ detector, mesh }: FaceNetworks): Promise<void> {
  await Promise.all([detector.release(), mesh.release()])
}

/** One thread each: more made no render faster on two cores, as decoder and encoder use the others. */
const THREADS = 1

/** Opens one of the small networks that always run on the CPU. */
export function openNetwork(path: string): Promise<Session> {
  return InferenceSession.create(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: THREADS,
    graphOptimizationLevel: 'all',
  })
}

/** Runs a network on one image of `size` x `size`, 3 planes. Outputs by name. */
export async function runOnImage(session: Session, planes: Float32Array, size: number) {
  const outputs = await session.run({ input: new Tensor('float32', planes, [1, 3, size, size]) })
  return (name: string) => outputs[name].data as Float32Array
}
