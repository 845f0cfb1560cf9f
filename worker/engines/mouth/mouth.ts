import { rm } from 'node:fs/promises'
import { type Checkpoint, openCheckpoint } from '../../pipeline/checkpoint.ts'
import { toNumber } from '../../pipeline/frame-rate.ts'
import { openFrameWriter } from '../../pipeline/frame-writer.ts'
import { joinSegments } from '../../pipeline/join-segments.ts'
import { createProgressReporter, type ProgressReporter } from '../../pipeline/progress.ts'
import { planVideo, type VideoPlan } from '../../pipeline/video-plan.ts'
import {
  type Engine,
  EngineError,
  type RenderContext,
  type RenderInput,
  type RenderResult,
} from '../engine.ts'
import { type Adaptation, adaptCurves, loadAdaptation } from './adaptation.ts'
import { type Basis, loadBasis } from './basis.ts'
import { loadExemplar } from './exemplar.ts'
import { hashModels } from './model-hashes.ts'
import { createMotion } from './motion.ts'
import { loadNetworks, type Networks, releaseNetworks } from './networks.ts'
import { loadPresenter } from './presenter.ts'
import { renderPass } from './render-pass.ts'
import { loadSpeech, type Speech } from './speech.ts'

interface Loaded {
  networks: Networks
  basis: Basis
  models: Record<string, string>
}

const NAME = 'mouth'
const VERSION = '3'

/**
 * The built-in engine. Three passes: the presenter's face (cached by video), the speech's mouth curves (cached
 * by audio), and the render, which warps the presenter's own pixels and runs no network. CPU only.
 */
export function createMouthEngine(): Engine {
  let loaded: Loaded | null = null
  return {
    name: NAME,
    version: VERSION,
    async load(device) {
      if (device !== 'cpu') {
        const message = `The built-in engine runs on the CPU only, not on "${device}". Set the device to "cpu".`
        throw new EngineError('engine_failed', message, { params: { device } })
      }
      loaded ??= { networks: await loadNetworks(), basis: loadBasis(), models: await hashModels() }
    },
    async render(input, context) {
      if (!loaded) throw new EngineError('engine_failed', 'The engine has not been loaded.')
      return render(loaded, input, context)
    },
    async close() {
      const networks = loaded?.networks
      loaded = null
      if (networks) await releaseNetworks(networks)
    },
  }
}

async function render(loaded: Loaded, input: RenderInput, context: RenderContext): Promise<RenderResult> {
  const { signal } = context
  const progress = createProgressReporter(context.onProgress)
  try {
    signal.throwIfAborted()
    progress.stage('prepare', 0, 0.01)
    const plan = await planVideo(input.videoPath, signal, input.options)
    const speech = await speechStage(loaded, input, signal, progress)
    const frames = Math.max(1, Math.round(speech.seconds * toNumber(plan.fps)))
    const about = { engine: NAME, version: VERSION, models: loaded.models, plan, frames }
    const checkpoint = await openCheckpoint(input, about)
    const adaptation = await pictureStages(loaded, input, { plan, speech, checkpoint }, context, progress)
    progress.stage('mux', 0.98, 1)
    const { trackPath } = speech
    await joinSegments({ checkpoint, plan, trackPath, outputPath: input.outputPath, signal })
    progress.portion(1)
    const fps = toNumber(plan.fps)
    const { width, height } = plan
    return {
      frames,
      fps,
      width,
      height,
      durationSeconds: frames / fps,
      ...(adaptation !== undefined && { adaptation }),
    }
  } catch (error) {
    await rm(input.outputPath, { force: true })
    throw signal.aborted ? signal.reason : error
  } finally {
    progress.stop()
  }
}

function speechStage(
  { networks }: Loaded,
  { audioPath, audioHash, cacheDir }: RenderInput,
  signal: AbortSignal,
  progress: ProgressReporter,
): Promise<Speech> {
  progress.stage('speech', 0.01, 0.05)
  return loadSpeech(networks.audio, { audioPath, audioHash, cacheDir, signal, onFraction: progress.portion })
}

/** Cost of tracking a frame against rendering one, for the progress bar. */
const FACE_COST = 0.6

interface Picture {
  plan: VideoPlan
  speech: Speech
  checkpoint: Checkpoint
}

/**
 * Tracks the face, then renders what the checkpoint lacks. Returns what speech in the video itself was good for;
 * undefined where everything was rendered before.
 */
async function pictureStages(
  { networks, basis }: Loaded,
  { videoPath, videoHash, cacheDir, scratchDir, options }: RenderInput,
  { plan, speech, checkpoint }: Picture,
  { signal, atCheckpoint, onResumed }: RenderContext,
  progress: ProgressReporter,
): Promise<RenderResult['adaptation']> {
  const { frames, framesDone } = checkpoint
  const clipFrames = Math.min(frames, plan.durationSeconds * toNumber(plan.fps))
  const faceEnd = 0.05 + 0.93 * ((clipFrames * FACE_COST) / (clipFrames * FACE_COST + frames))
  if (framesDone > 0) {
    progress.atLeast(faceEnd + ((0.98 - faceEnd) * framesDone) / frames)
    await onResumed?.(framesDone)
  }
  if (framesDone === frames) return undefined
  progress.stage('face', 0.05, faceEnd)
  const presenter = await loadPresenter(networks, basis, {
    ...{ plan, videoHash, cacheDir, signal, face: options?.face },
    framesNeeded: frames,
    onFrame: progress.frames,
  })
  try {
    const adaptation = await loadAdaptation(networks.audio, presenter, { videoPath, scratchDir, signal })
    const curves = adaptCurves(speech, adaptation)
    const exemplar = await loadExemplar(presenter, basis, signal)
    progress.stage('render', faceEnd, 0.98)
    progress.frames(framesDone, frames)
    const writer = openFrameWriter(plan, checkpoint, signal, atCheckpoint)
    try {
      await renderPass({
        ...{ presenter, exemplar, basis, writer, scratchDir, signal },
        motion: createMotion(curves, toNumber(plan.fps), options),
        range: { from: framesDone, to: frames },
        shortVideo: options?.shortVideo ?? 'loop',
        onFrame: (done) => progress.frames(done, frames),
      })
      await writer.finish()
    } finally {
      await writer.stop()
    }
    return adaptation && resultOf(adaptation)
  } finally {
    await presenter.analysis.close()
  }
}

function resultOf({ before, after, manner }: Adaptation): RenderResult['adaptation'] {
  return { before, after, used: manner !== null }
}
