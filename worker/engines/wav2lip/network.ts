import { messageOf } from '#core/errors'
import type { Device } from '#worker/engine-contract/device'
import { EngineError } from '#worker/engine-contract/engine'
import { InferenceSession, type Session, Tensor } from '#worker/engine-contract/onnx-runtime'
import { isOutOfMemory, outOfMemory } from '#worker/engine-contract/out-of-memory'
import { MEL_BANDS } from './mel.ts'
import { WINDOW_FRAMES, WINDOW_LENGTH } from './mel-windows.ts'
import { providerOf } from './providers.ts'

/** A network of Wav2Lip's kind, whatever its size. */
export interface LipNetwork {
  /** Side of the faces that it takes and makes, in pixels. */
  size: number
  /** Frames that it takes at once where the export fixed that, else null. */
  fixedBatch: number | null
  /**
   * `count` mel windows (80 x 16 each) and faces (6 x size x size: BGR with a black lower half, then BGR as it is,
   * 0..1), filled up to `fixedBatch` where there is one, to faces (3 x size x size, BGR, 0..1).
   */
  run(mels: Float32Array, faces: Float32Array, count: number): Promise<Float32Array>
  release(): Promise<void>
}

/** Loads the weights onto a device and tries them once. Throws EngineError engine_not_ready, saying what is wrong. */
export async function loadNetwork(modelPath: string, device: Device): Promise<LipNetwork> {
  const provider = providerOf(device)
  if (!provider) throw unusable(`a slot on "${device.kind}" runs no networks`)
  const session = await InferenceSession.create(modelPath, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
  }).catch((error) => {
    if (isOutOfMemory(error)) throw outOfMemory(1, { cause: error, restart: true })
    throw unusable(messageOf(error), error)
  })
  try {
    const network = wrap(session)
    await tryOnce(network)
    return network
  } catch (error) {
    await session.release()
    throw error
  }
}

/** Inputs are told apart by their shapes, because exports name them differently. */
function wrap(session: Session): LipNetwork {
  const inputs = session.inputMetadata.filter((input) => input.isTensor)
  const shapes = inputs.map(({ name, shape }) => `${name} (${shape.join(', ')})`).join(', ')
  const find = (matches: (shape: readonly (number | string)[]) => boolean) =>
    inputs.find((input) => input.shape.length === 4 && matches(input.shape))
  const mel = find(
    ([, channels, bands, frames]) => channels === 1 && bands === MEL_BANDS && frames === WINDOW_FRAMES,
  )
  const face = find(([, channels]) => channels === 6)
  if (inputs.length !== 2 || !mel || !face) {
    throw unusable(
      `its inputs are ${shapes || 'none'}; a Wav2Lip network takes (B, 1, 80, 16) and (B, 6, size, size)`,
    )
  }
  const [batch, , height, width] = face.shape
  if (typeof height !== 'number' || height !== width) {
    throw unusable(
      `its face input ${face.name} has no fixed, square size; export it with one, such as 96 x 96`,
    )
  }
  if (mel.type !== 'float32' || face.type !== 'float32') {
    throw unusable(`its inputs are ${face.type}; export it with float32 inputs`)
  }
  const size = height
  const pending = new Set<Promise<unknown>>()
  return {
    size,
    fixedBatch: typeof batch === 'number' ? batch : null,
    async run(mels, faces, count) {
      const running = session.run({
        [mel.name]: new Tensor('float32', mels.subarray(0, count * WINDOW_LENGTH), [
          count,
          1,
          MEL_BANDS,
          WINDOW_FRAMES,
        ]),
        [face.name]: new Tensor('float32', faces.subarray(0, count * 6 * size * size), [
          count,
          6,
          size,
          size,
        ]),
      })
      pending.add(running)
      const outputs = await running.finally(() => pending.delete(running))
      return outputs[session.outputNames[0]].data as Float32Array
    },
    async release() {
      await Promise.allSettled(pending)
      await session.release()
    },
  }
}

async function tryOnce(network: LipNetwork): Promise<void> {
  const { size, fixedBatch } = network
  const count = fixedBatch ?? 1
  const faces = new Float32Array(count * 6 * size * size)
  const out = await network.run(new Float32Array(count * WINDOW_LENGTH), faces, count).catch((error) => {
    if (isOutOfMemory(error)) throw outOfMemory(1, { cause: error, restart: true })
    throw unusable(messageOf(error), error)
  })
  if (out.length !== count * 3 * size * size) {
    throw unusable(
      `it answers with ${out.length} numbers; faces of ${size} x ${size} have ${count * 3 * size * size}`,
    )
  }
}

function unusable(detail: string, cause?: unknown): EngineError {
  return new EngineError('engine_not_ready', `The Wav2Lip network can't be used: ${detail}.`, {
    params: { why: 'network', detail },
    cause,
  })
}
