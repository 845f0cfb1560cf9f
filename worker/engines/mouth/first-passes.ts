import type { RenderInput } from '#worker/engine-contract/engine'
import type { Basis } from '#worker/engines/vision/basis'
import {
  analysedFrames,
  expectedFrames,
  loadPresenter,
  type Presenter,
} from '#worker/engines/vision/presenter'
import { toNumber } from '#worker/pipeline/frame-rate'
import { type FrameStore, openFrameStore } from '#worker/pipeline/frame-store'
import type { StageProgress } from '#worker/pipeline/progress'
import { sideBySide } from '#worker/pipeline/side-by-side'
import { planVideo, type VideoPlan } from '#worker/pipeline/video-plan'
import { loadPresenterStyle } from './learn/presenter-style.ts'
import type { LearntStyle } from './learn/speaking-style.ts'
import type { Networks } from './networks.ts'
import type { Exemplar } from './paint/exemplar.ts'
import { loadExemplar } from './paint/find-exemplar.ts'
import { loadSpeech, type Speech } from './speech/speech.ts'
import { loadBank, type UnitBank } from './units/bank.ts'
import { regionOf } from './units/region.ts'
import { openUnitCutter } from './units/unit-cutter.ts'

/** What a render knows before its first frame. */
export interface FirstPasses extends PresenterAnalysis {
  plan: VideoPlan
  speech: Speech
  /** Frames of the result. */
  frames: number
}

/** What is known of the person in the video. The caller closes it with `closeAnalysis`. */
interface PresenterAnalysis {
  presenter: Presenter
  /** Null where the video has no speech of its own to learn from. */
  style: LearntStyle | null
  /** Null where the mouth never opens. */
  exemplar: Exemplar | null
  /** The presenter's own mouths; null where it hardly opens. */
  bank: UnitBank | null
  /** Holds the frames of a clip that will be shown more than once and was decoded to be looked at; else null. */
  kept: FrameStore | null
}

/** Where the stages end in the progress bar; that of the face depends on how much there is to render. */
const PREPARE_END = 0.01
const SPEECH_END = 0.05
export const RENDER_END = 0.98
/** Cost of tracking a frame against rendering one. */
const FACE_COST = 0.4

export function faceEnd({ fps, durationSeconds }: VideoPlan, frames: number): number {
  const cost = FACE_COST * Math.min(frames, durationSeconds * toNumber(fps))
  return SPEECH_END + (RENDER_END - SPEECH_END) * (cost / (cost + frames))
}

/**
 * Analyses the speech and the presenter side by side: both have processes of their own and neither fills a core. The
 * presenter is analysed for as long as the speech's file says that it lasts. In the rare case that the real length
 * makes another part of the video take part, the presenter is analysed again.
 */
export async function firstPasses(
  { networks, basis }: { networks: Networks; basis: Basis },
  input: RenderInput,
  signal: AbortSignal,
  progress: StageProgress,
): Promise<FirstPasses> {
  const { audioPath, audioHash, cacheDir } = input
  const planned = Promise.withResolvers<VideoPlan>()
  const declared = Promise.withResolvers<number>()
  let onFrame: StageProgress['frames'] = () => {}
  const analyse = (plan: VideoPlan, framesNeeded: number, either: AbortSignal) =>
    analysePresenter({ networks, basis }, input, plan, framesNeeded, either, (done, total) =>
      onFrame(done, total),
    )

  const speechPass = async (either: AbortSignal) => {
    progress.stage('speech', PREPARE_END, SPEECH_END)
    const request = { audioPath, audioHash, cacheDir, signal: either, onDuration: declared.resolve }
    const speech = await loadSpeech(networks.audio, { ...request, onFraction: progress.portion })
    const plan = await untilAborted(planned.promise, either)
    progress.stage('face', SPEECH_END, faceEnd(plan, framesOf(plan, speech.seconds)))
    onFrame = progress.frames
    return speech
  }
  const presenterPass = async (either: AbortSignal) => {
    const plan = await planVideo(input.videoPath, either, input.options)
    planned.resolve(plan)
    const framesNeeded = framesOf(plan, await untilAborted(declared.promise, either))
    return { plan, framesNeeded, analysis: await analyse(plan, framesNeeded, either) }
  }
  progress.stage('prepare', 0, PREPARE_END)
  const drop = ({ analysis }: { analysis: PresenterAnalysis }) => closeAnalysis(analysis)
  const [speech, { plan, framesNeeded, analysis }] = await sideBySide(signal, speechPass, presenterPass, drop)
  const frames = framesOf(plan, speech.seconds)
  if (analysedFrames(plan, frames) === analysedFrames(plan, framesNeeded)) {
    return { plan, speech, frames, ...analysis }
  }
  await closeAnalysis(analysis)
  return { plan, speech, frames, ...(await analyse(plan, frames, signal)) }
}

/** The presenter's face, speaking style and open mouth, each from the cache where it is there. */
async function analysePresenter(
  { networks, basis }: { networks: Networks; basis: Basis },
  { videoPath, videoHash, cacheDir, scratchDir, options }: RenderInput,
  plan: VideoPlan,
  framesNeeded: number,
  signal: AbortSignal,
  onFrame: (done: number, total: number) => void,
): Promise<PresenterAnalysis> {
  const region = regionOf(basis)
  const cutter = await openUnitCutter(plan, basis, region, scratchDir, expectedFrames(plan, framesNeeded))
  let kept: FrameStore | null = null
  let presenter: Presenter | null = null
  try {
    if (loops(plan, framesNeeded, options)) kept = await openFrameStore(plan, scratchDir)
    presenter = await loadPresenter(networks, basis, {
      ...{ plan, videoHash, cacheDir, framesNeeded, signal, onFrame },
      face: options?.face,
      keep: async (frame) => kept?.offer(frame),
      look: cutter.see,
    })
    const style = await loadPresenterStyle(networks.audio, presenter, { videoPath, scratchDir, signal })
    const bank = await loadBank({ presenter, basis, region, signal, cutter })
    return { presenter, style, exemplar: await loadExemplar(presenter, basis, signal, kept), bank, kept }
  } catch (error) {
    await Promise.all([presenter?.analysis.close(), kept?.close()])
    throw error
  } finally {
    await cutter.close()
  }
}

export async function closeAnalysis({ presenter, kept }: PresenterAnalysis): Promise<void> {
  await Promise.all([presenter.analysis.close(), kept?.close()])
}

/** Whether a result shows frames of the clip more than once. */
function loops({ fps, durationSeconds }: VideoPlan, framesNeeded: number, options: RenderInput['options']) {
  return options?.shortVideo !== 'freeze' && framesNeeded > durationSeconds * toNumber(fps)
}

function framesOf({ fps }: VideoPlan, seconds: number): number {
  return Math.max(1, Math.round(seconds * toNumber(fps)))
}

/** Rejects at an abort: the one who resolves the promise may have been aborted as well. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason)
    if (signal.aborted) give()
    signal.addEventListener('abort', give, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', give))
  })
}
