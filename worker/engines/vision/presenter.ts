import { join } from 'node:path'
import type { FaceTimes } from '#core/render-job/face-times'
import { EngineError } from '#worker/engine-contract/engine'
import { writeCacheFile } from '#worker/pipeline/cache-file'
import { ffmpegKey } from '#worker/pipeline/ffmpeg-version'
import { toNumber } from '#worker/pipeline/frame-rate'
import { readFrames, unreadableVideo } from '#worker/pipeline/frame-reader'
import type { VideoPlan } from '#worker/pipeline/video-plan'
import {
  type AnalysisFile,
  type FaceRecord,
  openAnalysis,
  recordLength,
  writeAnalysis,
} from './analysis-file.ts'
import type { Basis } from './basis.ts'
import { createDetector } from './detector.ts'
import { choiceKey, type FaceChoice } from './face-choice.ts'
import { describeLook, LOOK_BYTES } from './face-look.ts'
import type { FaceNetworks } from './face-networks.ts'
import { bridgeLosses } from './lost-faces.ts'
import { type MouthMeasures, measureMouth } from './mouth-measures.ts'
import { stripOf, timesOf } from './times.ts'
import { createTracker } from './tracker.ts'
import type { YuvImage } from './yuv-image.ts'

/** A presenter video with its face tracked in every frame. */
export interface Presenter {
  plan: VideoPlan
  /** Frames that take part: all of a short video, at least as many as needed of a long one. */
  length: number
  measures: MouthMeasures
  analysis: AnalysisFile
  /** Path in the cache, without ending, for what else is kept of this face in this video. */
  cacheBase: string
}

export interface PresenterRequest {
  plan: VideoPlan
  videoHash: string
  cacheDir: string
  /** Frames of the result: a longer video is only analysed as far as it is shown. */
  framesNeeded: number
  /** Whose face, where there are several; the largest when left out. */
  face?: FaceChoice
  signal: AbortSignal
  onFrame: (framesDone: number, frames: number) => void
  /** Takes the frames that are decoded for tracking, from the first; its buffer is used again once it resolves. */
  keep?: (frame: Buffer) => Promise<void>
  /** Takes each of those frames once more, with the record of its face. */
  look?: (frame: Buffer, record: Float32Array) => Promise<void>
}

/** Raise when detector, tracker or record change: older cache files are then passed over. */
const ANALYSIS_VERSION = 4
/** A long video is analysed in whole minutes, so that speeches of different length share one analysis. */
const STRIDE_SECONDS = 60
/** A video with a smaller share of frames that show a face is refused. */
const MIN_FACE_SHARE = 0.2

/**
 * The analysis of a presenter video, from the cache or by tracking its face once.
 *
 * @throws EngineError no_face, or media_unreadable where the video breaks off.
 */
export async function loadPresenter(
  networks: FaceNetworks,
  basis: Basis,
  request: PresenterRequest,
): Promise<Presenter> {
  const { plan, framesNeeded } = request
  const wanted = analysedFrames(plan, framesNeeded)
  const layout = { version: ANALYSIS_VERSION, points: basis.kept.length, lookBytes: LOOK_BYTES }
  const cacheBase = await cacheBaseOf(request)
  const path = `${cacheBase}.faces`

  let analysis = await openAnalysis(path, layout)
  if (analysis && analysis.frames < wanted && !analysis.complete) {
    await analysis.close()
    analysis = null
  }
  if (!analysis) {
    await writeCacheFile(path, async (temporary) => {
      const faces = bridgeLosses(trackFaces(networks, basis, request, wanted))
      await writeAnalysis(temporary, layout, faces, (frames) => frames < wanted)
    })
    analysis = await openAnalysis(path, layout)
  }
  if (!analysis)
    throw new EngineError('engine_failed', 'The face analysis could not be read back.', { transient: true })
  return usable({ plan, analysis, cacheBase, length: Math.min(analysis.frames, wanted) }, basis)
}

/** Frames of the video that take part in a result of so many, if it has as many. */
export function analysedFrames({ fps }: VideoPlan, framesNeeded: number): number {
  const stride = Math.ceil(STRIDE_SECONDS * toNumber(fps))
  return Math.ceil(framesNeeded / stride) * stride
}

/** How many of those the video should have, by its declared duration. */
export function expectedFrames(plan: VideoPlan, framesNeeded: number): number {
  return Math.min(analysedFrames(plan, framesNeeded), Math.round(plan.durationSeconds * toNumber(plan.fps)))
}

async function cacheBaseOf({ plan, videoHash, cacheDir, face = 'largest' }: PresenterRequest) {
  const rate = `${plan.fps.num}-${plan.fps.den}`
  const size = plan.scaledFrom ? `-${plan.width}x${plan.height}` : ''
  const look = `${plan.still === 'moving' ? '-moving' : ''}${plan.ground ? `-${plan.ground}` : ''}`
  return join(
    cacheDir,
    'faces',
    `${videoHash}-v${ANALYSIS_VERSION}-${await ffmpegKey()}-${rate}${size}${look}${choiceKey(face)}`,
  )
}

async function usable(found: Omit<Presenter, 'measures'>, basis: Basis): Promise<Presenter> {
  const { analysis, length, plan } = found
  const fps = toNumber(plan.fps)
  const measures = await measureMouth(analysis, basis, length, fps)
  if (measures.faceShare >= MIN_FACE_SHARE) return { ...found, measures }
  await analysis.close()
  const percent = Math.round(measures.faceShare * 100)
  const isSeen = (weight: number) => weight > 0
  const times: FaceTimes = {
    percent,
    seen: timesOf(measures.weight, fps, isSeen),
    missing: timesOf(measures.weight, fps, (weight) => !isSeen(weight)),
    strip: stripOf(measures.weight, isSeen),
    seconds: length / fps,
  }
  const where = percent === 0 ? '' : ` (at ${times.seen})`
  throw new EngineError(
    'no_face',
    `The presenter's face can be used in only ${percent} % of the video${where}; it is missing, turned away or covered at ${times.missing}.`,
    { params: { ...times, needed: MIN_FACE_SHARE * 100 } },
  )
}

/** Decodes up to `wanted` frames and yields what is kept of each. */
async function* trackFaces(
  networks: FaceNetworks,
  basis: Basis,
  { plan, face: choice = 'largest', signal, onFrame, keep, look: lookAt, framesNeeded }: PresenterRequest,
  wanted: number,
): AsyncGenerator<FaceRecord> {
  const track = createTracker(networks.mesh, createDetector(networks.detector), choice)
  const record = new Float32Array(recordLength(basis.kept.length))
  const look = new Uint8Array(LOOK_BYTES)
  const expected = expectedFrames(plan, framesNeeded)
  let frames = 0
  for await (const data of readFrames(plan, { from: 0, to: wanted }, signal)) {
    const image = imageOf(plan, data)
    const [face] = await Promise.all([track(image), keep?.(data)])
    record.fill(0)
    look.fill(0)
    if (face) {
      record[0] = face.score
      basis.kept.forEach((meshPoint, vertex) => {
        record[1 + 2 * vertex] = face.points[2 * meshPoint]
        record[2 + 2 * vertex] = face.points[2 * meshPoint + 1]
      })
      describeLook(image, face, look)
    }
    await lookAt?.(data, record)
    onFrame(++frames, Math.max(frames, expected))
    yield { record, look }
  }
  requireFrames(plan, frames, expected)
}

/** A video that is cut off in its middle may probe as whole and decode without an error code. */
function requireFrames(plan: VideoPlan, frames: number, expected: number) {
  const missing = expected - frames
  if (frames > 0 && missing <= Math.max(3, expected * 0.05)) return
  throw unreadableVideo(plan, frames / toNumber(plan.fps), `${frames} of ${expected} frames`)
}

export function imageOf(plan: VideoPlan, data: Uint8Array): YuvImage {
  const matrix =
    plan.colour.space === 'bt709' || (!plan.colour.space && plan.height >= 720) ? 'bt709' : 'bt601'
  return { data, width: plan.width, height: plan.height, fullRange: plan.pixelFormat === 'yuvj420p', matrix }
}
