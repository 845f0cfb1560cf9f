import { rm } from 'node:fs/promises'
import {
  type Engine,
  EngineError,
  type RenderContext,
  type RenderInput,
  type RenderResult,
} from '#worker/engine-contract/engine'
import { type Basis, loadBasis } from '#worker/engines/vision/basis'
import { type Checkpoint, openCheckpoint } from '#worker/pipeline/checkpoint'
import { toNumber } from '#worker/pipeline/frame-rate'
import { openFrameWriter } from '#worker/pipeline/frame-writer'
import { joinSegments } from '#worker/pipeline/join-segments'
import { createStageProgress, type StageProgress } from '#worker/pipeline/progress'
import { shownIndex } from '#worker/pipeline/shown-frames'
import { warmUp } from '#worker/pipeline/warm-up'
import { closeAnalysis, type FirstPasses, faceEnd, firstPasses, RENDER_END } from './first-passes.ts'
import { curvesInStyle } from './learn/presenter-style.ts'
import type { LearntStyle } from './learn/speaking-style.ts'
import { hashModels } from './model-hashes.ts'
import { loadNetworks, type Networks, releaseNetworks } from './networks.ts'
import { renderPass } from './render-pass.ts'
import { createMotion } from './speech/motion.ts'
import { castUnits } from './units/cast.ts'

interface Loaded {
  networks: Networks
  basis: Basis
  models: Record<string, string>
}

const NAME = 'mouth'
const VERSION = '7'

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
      if (loaded) return
      const [networks, models] = await Promise.all([loadNetworks(), hashModels(), warmUp()])
      loaded = { networks, basis: loadBasis(), models }
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
  const progress = createStageProgress(context.onProgress)
  try {
    signal.throwIfAborted()
    const known = await firstPasses(loaded, input, signal, progress)
    const { plan, speech, frames } = known
    try {
      const about = { engine: NAME, version: VERSION, models: loaded.models, plan, frames }
      const checkpoint = await openCheckpoint(input, about)
      await lastPass(loaded.basis, input, known, checkpoint, context, progress)
      progress.stage('mux', RENDER_END, 1)
      const { trackPath } = speech
      await joinSegments({ checkpoint, plan, trackPath, outputPath: input.outputPath, signal })
    } finally {
      await closeAnalysis(known)
    }
    progress.portion(1)
    const fps = toNumber(plan.fps)
    const { width, height } = plan
    const adaptation = known.style && adaptationOf(known.style)
    return { frames, fps, width, height, durationSeconds: frames / fps, adaptation }
  } catch (error) {
    await rm(input.outputPath, { force: true })
    throw signal.aborted ? signal.reason : error
  } finally {
    progress.stop()
  }
}

/** Renders what the checkpoint lacks. */
async function lastPass(
  basis: Basis,
  { scratchDir, options }: RenderInput,
  { plan, speech, presenter, style, exemplar, bank, kept }: FirstPasses,
  checkpoint: Checkpoint,
  { signal, atCheckpoint, onResumed }: RenderContext,
  progress: StageProgress,
): Promise<void> {
  const { frames, framesDone } = checkpoint
  progress.stage('render', faceEnd(plan, frames), RENDER_END)
  progress.frames(framesDone, frames)
  if (framesDone > 0) await onResumed?.(framesDone)
  if (framesDone === frames) return
  const shortVideo = options?.shortVideo ?? 'loop'
  const motion = createMotion(curvesInStyle(speech, style), toNumber(plan.fps), options)
  const sourceOf = (n: number) => shownIndex(n, presenter.length, shortVideo)
  const { measures } = presenter
  const cast = bank && (await castUnits({ bank, measures, motion, frames, sourceOf, signal }))
  const writer = openFrameWriter(plan, checkpoint, signal, atCheckpoint)
  try {
    await renderPass({
      ...{ presenter, exemplar, cast, basis, motion, shortVideo, writer, signal },
      place: kept ?? scratchDir,
      range: { from: framesDone, to: frames },
      onFrame: (done) => progress.frames(done, frames),
    })
    await writer.finish()
  } finally {
    await writer.stop()
  }
}

function adaptationOf({ before, after, style }: LearntStyle): RenderResult['adaptation'] {
  return { before, after, used: style !== null }
}
