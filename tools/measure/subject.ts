import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { RenderOptions } from '#core/engine/options'
import { curvesInStyle, loadPresenterStyle } from '#worker/engines/mouth/learn/presenter-style'
import type { Networks } from '#worker/engines/mouth/networks'
import { type MouthPose, mouthAt } from '#worker/engines/mouth/speech/curves'
import { loadSpeech, type Speech } from '#worker/engines/mouth/speech/speech'
import { recordLength } from '#worker/engines/vision/analysis-file'
import { type Basis, loadBasis } from '#worker/engines/vision/basis'
import { LOOK_BYTES, MIDDLE } from '#worker/engines/vision/face-look'
import { loadPresenter, type Presenter } from '#worker/engines/vision/presenter'
import { toNumber } from '#worker/pipeline/frame-rate'
import { pingPongIndex } from '#worker/pipeline/ping-pong'
import { planVideo, type VideoPlan } from '#worker/pipeline/video-plan'

/** A presenter and a speech as the built-in engine understands them: what a result of both is measured against. */
export interface Subject {
  plan: VideoPlan
  fps: number
  /** Frames that a result must have. */
  frames: number
  speech: Speech
  presenter: Presenter
  basis: Basis
  /** Source frame that result frame `n` shows. */
  shown(n: number): number
  /** The face in a source frame: a record of the analysis, reused by the next call. */
  faceOf(source: number): Promise<Float32Array>
  /** True where result frame `n` shows a face that is wholly in the picture's care. */
  hasFace(n: number): boolean
  /** True where it shows a face that looks at the camera and whose mouth is in the picture. */
  isFrontal(n: number): boolean
  /** What the speech asks of the mouth in result frame `n`. */
  poseAt(n: number): MouthPose
  close(): Promise<void>
}

export interface SubjectRequest {
  sourcePath: string
  audioPath: string
  cacheDir: string
  options: RenderOptions
  signal: AbortSignal
}

/** Degrees that a face may be turned and still be driven wholly. */
const FRONTAL = { yaw: 38, pitch: 30 }

/** Analyses source and speech, or takes both from the engine's cache. */
export async function openSubject(networks: Networks, request: SubjectRequest): Promise<Subject> {
  const { sourcePath, audioPath, cacheDir, options, signal } = request
  const basis = loadBasis()
  const plan = await planVideo(sourcePath, signal, options)
  const fps = toNumber(plan.fps)
  const speech = await readSpeech(networks, audioPath, cacheDir, signal)
  const frames = Math.max(1, Math.round(speech.seconds * fps))
  const presenter = await loadPresenter(networks, basis, {
    ...{ plan, cacheDir, signal, videoHash: await hashOf(sourcePath), framesNeeded: frames },
    face: options.face,
    onFrame: () => {},
  })
  const own = { videoPath: sourcePath, scratchDir: cacheDir, signal }
  const curves = curvesInStyle(speech, await loadPresenterStyle(networks.audio, presenter, own))
  const { length, analysis, measures } = presenter
  const face = new Float32Array(recordLength(basis.kept.length))
  const looks = await analysis.looks()
  const shown = (n: number) =>
    options.shortVideo === 'freeze' ? Math.min(n, length - 1) : pingPongIndex(n, length)
  return {
    ...{ plan, fps, frames, speech, presenter, basis, shown },
    async faceOf(source) {
      face.set(await analysis.read(source, 1))
      return face
    },
    hasFace: (n) => measures.weight[shown(n)] === 1,
    isFrontal(n) {
      const [score, yaw, pitch, inside] = looks.subarray(shown(n) * LOOK_BYTES)
      const isTurned = Math.abs(yaw - MIDDLE) > FRONTAL.yaw || Math.abs(pitch - MIDDLE) > FRONTAL.pitch
      return score > 0 && !isTurned && inside === 255
    },
    poseAt: (n) => mouthAt(curves, n / fps, options.leadMs / 1000),
    close: () => analysis.close(),
  }
}

/** Curves of a speech, by the engine's audio network. */
export async function readSpeech(
  networks: Networks,
  audioPath: string,
  cacheDir: string,
  signal: AbortSignal,
): Promise<Speech> {
  const audioHash = await hashOf(audioPath)
  return loadSpeech(networks.audio, { audioPath, audioHash, cacheDir, signal, onFraction: () => {} })
}

/** How far a pose opens the mouth, 0..1: what closes the lips takes from what opens them. */
export function drivenOpening({ open, closed }: MouthPose): number {
  return open * (1 - closed)
}

export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
