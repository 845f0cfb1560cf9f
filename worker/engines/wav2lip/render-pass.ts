import type { RenderOptions } from '#core/engine/options'
import { isOutOfMemory, outOfMemory } from '#worker/engine-contract/out-of-memory'
import { imageOf, type Presenter } from '#worker/engines/vision/presenter'
import { toNumber } from '#worker/pipeline/frame-rate'
import { unreadableVideo } from '#worker/pipeline/frame-reader'
import type { FrameWriter } from '#worker/pipeline/frame-writer'
import { shownFrames } from '#worker/pipeline/shown-frames'
import { type Batch, batchSize, createBatch, createBatchFiller } from './batches.ts'
import type { FaceBoxes } from './face-boxes.ts'
import type { Mel } from './mel.ts'
import { windowStart } from './mel-windows.ts'
import type { LipNetwork } from './network.ts'
import { createPasteBack } from './paste-back.ts'

export interface RenderPass {
  presenter: Presenter
  boxes: FaceBoxes
  mel: Mel
  network: LipNetwork
  options: RenderOptions
  /** Result frames [from, to). */
  range: { from: number; to: number }
  /** Frames that the network gets at once, at the first attempt. */
  batch: number
  attempt: number
  /** Takes the frames of the range. */
  writer: FrameWriter
  scratchDir: string
  signal: AbortSignal
  /** Frames of the result that are done, those before the range included. */
  onFrame: (framesDone: number) => void
}

/**
 * Renders a part of the result. While the network works on one batch, the next is decoded and cut; at most two batches
 * of frames are in memory.
 *
 * @throws EngineError out_of_memory, that asks for another process.
 */
export async function renderPass(pass: RenderPass): Promise<void> {
  const { presenter, network, signal } = pass
  const { plan } = presenter
  const size = batchSize(plan, network, pass.batch, pass.attempt)
  const paste = createPaster(pass)
  const spare = [createBatch(plan, network, size), createBatch(plan, network, size)]
  const inFlight: { batch: Batch; output: Promise<Float32Array> }[] = []
  const start = (batch: Batch) => {
    const output = unlessAborted(runBatch(pass, batch, size), signal)
    output.catch(() => {})
    inFlight.push({ batch, output })
  }
  const finishOldest = async () => {
    const { batch, output } = inFlight.shift()!
    await paste(batch, await output)
    batch.count = 0
    spare.push(batch)
  }
  let filling = spare.pop()!
  for await (const fill of filledFrames(pass)) {
    fill(filling)
    if (filling.count < size) continue
    start(filling)
    if (spare.length === 0) await finishOldest()
    filling = spare.pop()!
  }
  if (filling.count > 0) start(filling)
  while (inFlight.length > 0) await finishOldest()
}

/** Yields, for each result frame, the function that puts it into a batch. */
async function* filledFrames(pass: RenderPass): AsyncGenerator<(batch: Batch) => void> {
  const { presenter, boxes, mel, network, options, range, scratchDir, signal } = pass
  const { plan, length } = presenter
  const fps = toNumber(plan.fps)
  const put = createBatchFiller(plan, network, mel)
  let n = range.from
  for await (const { source, frame } of shownFrames(
    plan,
    length,
    range,
    options.shortVideo,
    scratchDir,
    signal,
  )) {
    const box = boxes.subarray(4 * source, 4 * source + 4)
    const melStart = windowStart(n++, fps, options.leadMs / 1000, mel.frameCount)
    yield (batch) => put(batch, { source, frame, box, melStart })
  }
  if (n < range.to) throw unreadableVideo(plan, n / fps, `${n} of ${range.to} frames`)
}

async function runBatch(
  { network, attempt }: RenderPass,
  { mels, faces, count }: Batch,
  size: number,
): Promise<Float32Array> {
  try {
    return await network.run(mels, faces, network.fixedBatch ?? count)
  } catch (error) {
    if (isOutOfMemory(error)) throw outOfMemory(attempt, { cause: error, restart: true, batch: size })
    throw error
  }
}

/** Pastes a batch's faces into its frames and sends them to the encoder. */
function createPaster({ presenter, boxes, network, range, writer, onFrame }: RenderPass) {
  const { plan, measures } = presenter
  const pasteBack = createPasteBack(network.size)
  const faceLength = 3 * network.size ** 2
  let done = range.from
  return async (batch: Batch, output: Float32Array): Promise<void> => {
    for (let n = 0; n < batch.count; n++) {
      const target = await writer.next()
      batch.frames[n].copy(target)
      const source = batch.sources[n]
      const face = output.subarray(n * faceLength, (n + 1) * faceLength)
      pasteBack(
        imageOf(plan, target),
        boxes.subarray(4 * source, 4 * source + 4),
        face,
        measures.weight[source],
      )
      writer.write(target)
      onFrame(++done)
    }
  }
}

/** A network can't be stopped in the middle: on an abort its answer is not waited for. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
