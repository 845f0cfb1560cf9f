import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { parseDevice } from '#worker/engine-contract/device'
import {
  type Engine,
  EngineError,
  type RenderContext,
  type RenderInput,
  type RenderResult,
} from '#worker/engine-contract/engine'
import type { Wav2LipSettings } from '#worker/engine-contract/settings'
import { type Basis, loadBasis } from '#worker/engines/vision/basis'
import {
  type FaceNetworks,
  loadFaceNetworks,
  releaseFaceNetworks,
} from '#worker/engines/vision/face-networks'
import { loadPresenter } from '#worker/engines/vision/presenter'
import { type Checkpoint, openCheckpoint } from '#worker/pipeline/checkpoint'
import { toNumber } from '#worker/pipeline/frame-rate'
import { openFrameWriter } from '#worker/pipeline/frame-writer'
import { joinSegments } from '#worker/pipeline/join-segments'
import { describeFile } from '#worker/pipeline/manifest'
import { createStageProgress, type StageProgress } from '#worker/pipeline/progress'
import { speechTrack } from '#worker/pipeline/speech-track'
import { planVideo, type VideoPlan } from '#worker/pipeline/video-plan'
import { readFaceBoxes } from './face-boxes.ts'
import { createMelStream, type Mel } from './mel.ts'
import { type LipNetwork, loadNetwork } from './network.ts'
import { checkWav2Lip } from './readiness.ts'
import { renderPass } from './render-pass.ts'

interface Loaded {
  network: LipNetwork
  /** The face tracker's networks; the built-in engine shares the cached analysis of a video. */
  tracker: FaceNetworks
  basis: Basis
  batch: number
  /** Name and hash of the weights. */
  models: Record<string, string>
}

const NAME = 'wav2lip'
const VERSION = '2'

/** A network of Wav2Lip's kind with weights of the user's, on the CPU or a GPU. The face tracker runs on the CPU. */
export function createWav2LipEngine(settings: Wav2LipSettings): Engine {
  let loaded: Loaded | null = null
  return {
    name: NAME,
    version: VERSION,
    async load(name) {
      if (loaded) return
      const device = parseDevice(name)
      const readiness = await checkWav2Lip(settings, device)
      if (!readiness.ready) {
        const { code, params, reason } = readiness
        throw new EngineError('engine_not_ready', reason, { params: { why: code, ...params } })
      }
      const network = await loadNetwork(settings.modelPath!, device)
      const batch = settings.batch ?? (device.kind === 'cpu' ? 4 : 16)
      const { sha256 } = await describeFile(settings.modelPath!)
      const models = { [basename(settings.modelPath!)]: sha256 }
      loaded = { network, batch, models, tracker: await loadFaceNetworks(), basis: loadBasis() }
    },
    async render(input, context) {
      if (!loaded) throw new EngineError('engine_failed', 'The engine has not been loaded.')
      return render(loaded, input, context)
    },
    async close() {
      const closing = loaded
      loaded = null
      if (closing) await Promise.all([closing.network.release(), releaseFaceNetworks(closing.tracker)])
    },
  }
}

async function render(loaded: Loaded, input: RenderInput, context: RenderContext): Promise<RenderResult> {
  const { signal } = context
  const progress = createStageProgress(context.onProgress)
  const { videoPath, outputPath, options = DEFAULT_OPTIONS } = input
  try {
    signal.throwIfAborted()
    progress.stage('prepare', 0, 0.01)
    const plan = await planVideo(videoPath, signal, options)
    const speech = await listen(input, signal, progress)
    const frames = Math.max(1, Math.round(speech.seconds * toNumber(plan.fps)))
    const about = { engine: NAME, version: VERSION, models: loaded.models, plan, frames }
    const checkpoint = await openCheckpoint(input, about)
    await draw(loaded, input, { plan, mel: speech.mel, checkpoint }, context, progress)
    progress.stage('mux', 0.98, 1)
    await joinSegments({ checkpoint, plan, trackPath: speech.path, outputPath, signal })
    progress.portion(1)
    const fps = toNumber(plan.fps)
    return { frames, fps, width: plan.width, height: plan.height, durationSeconds: frames / fps }
  } catch (error) {
    await rm(outputPath, { force: true })
    throw signal.aborted ? signal.reason : error
  } finally {
    progress.stop()
  }
}

/** The speech's track, length and mel features, from one decoding. */
async function listen({ audioPath, scratchDir }: RenderInput, signal: AbortSignal, progress: StageProgress) {
  progress.stage('speech', 0.01, 0.04)
  const mel = createMelStream()
  const onSamples = mel.push
  const track = await speechTrack({ audioPath, scratchDir, signal, onFraction: progress.portion, onSamples })
  return { ...track, mel: mel.finish() }
}

/** Share of the progress bar that tracking takes. */
const FACE_END = 0.2

/** Tracks the face, then renders what the checkpoint lacks. */
async function draw(
  { network, tracker, basis, batch }: Loaded,
  { videoHash, cacheDir, scratchDir, options = DEFAULT_OPTIONS, attempt = 1 }: RenderInput,
  { plan, mel, checkpoint }: { plan: VideoPlan; mel: Mel; checkpoint: Checkpoint },
  { signal, atCheckpoint, onResumed }: RenderContext,
  progress: StageProgress,
): Promise<void> {
  const { frames, framesDone } = checkpoint
  if (framesDone > 0) {
    progress.atLeast(FACE_END + ((0.98 - FACE_END) * framesDone) / frames)
    await onResumed?.(framesDone)
  }
  if (framesDone === frames) return
  progress.stage('face', 0.04, FACE_END)
  const presenter = await loadPresenter(tracker, basis, {
    ...{ plan, videoHash, cacheDir, signal, framesNeeded: frames, onFrame: progress.frames },
    face: options.face,
  })
  const writer = openFrameWriter(plan, checkpoint, signal, atCheckpoint)
  try {
    const boxes = await readFaceBoxes(presenter.analysis, basis, presenter.length, plan)
    progress.stage('render', FACE_END, 0.98)
    progress.frames(framesDone, frames)
    const range = { from: framesDone, to: frames }
    await renderPass({
      ...{ presenter, boxes, mel, network, options, range, batch, attempt, writer, scratchDir, signal },
      onFrame: (done) => progress.frames(done, frames),
    })
    await writer.finish()
  } finally {
    await writer.stop()
    await presenter.analysis.close()
  }
}
