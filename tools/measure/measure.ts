import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RenderOptions } from '#core/engine/options'
import { loadNetworks, releaseNetworks } from '#worker/engines/mouth/networks'
import { mouthAt } from '#worker/engines/mouth/speech/curves'
import { toNumber } from '#worker/pipeline/frame-rate'
import { planVideo } from '#worker/pipeline/video-plan'
import { type ContainerFacts, containerFacts } from './container.ts'
import { type Judges, openJudges } from './judges.ts'
import { CLOSED, type MouthTraces, SHAPED, WIDE } from './mouth-gates.ts'
import { loudnessCurve, type SoundOffset, soundOffset } from './sound.ts'
import { bestLag, correlation, type Lag, meanWhere, quantile } from './statistics.ts'
import { drivenOpening, openSubject, readSpeech, type Subject } from './subject.ts'
import { type FrameVisitor, traceOf, type Watched, watch } from './watch.ts'

export interface MeasureRequest {
  sourcePath: string
  resultPath: string
  audioPath: string
  /** Another speech, whose curve the result must not follow. */
  otherPath: string
  cacheDir: string
  /** With which the result was rendered. */
  options: RenderOptions
  signal: AbortSignal
  visit?: (subject: Subject) => FrameVisitor
}

/** How one network judges the lips. Correlations of the opening at lag 0 unless said otherwise. */
export interface Following {
  /** Of the result with the curve that drove it. */
  driven: number
  /** At the lag at which it follows best. */
  best: Lag
  /** Of the result with the loudness of the speech. */
  loudness: number
  /** Of the untouched source with the driven curve, and with the loudness. */
  source: number
  sourceLoudness: number
  /** Of the result with the curve of another speech. */
  other: number
  /** Mean opening on p, b and m, and on wide vowels, in face units. */
  closedGap: number
  openGap: number
  /** Gap that the network sees between the shut lips of the source: its 5th percentile. */
  shutGap: number
}

export const JUDGES = ['lm68', 'mesh', 'refined'] as const
export type JudgeName = (typeof JUDGES)[number]

export interface Measures {
  mouth: MouthTraces
  lips: Record<JudgeName, Following>
  /** Frames on p, b and m. */
  closures: number
  /** Mean width of the mouth in face units. */
  width: { round: number; spread: number }
  jitter: number
  outside: { psnr: number; worst: number }
  container: ContainerFacts
  sound: SoundOffset
  /** What the result should have been. */
  wanted: { frames: number; seconds: number; fps: number }
}

/** Measures one result of any engine against its source and speech. Nothing of the result's engine is needed. */
export async function measureResult(request: MeasureRequest): Promise<Measures> {
  const { sourcePath, resultPath, audioPath, otherPath, cacheDir, options, signal } = request
  const networks = await loadNetworks()
  const scratchDir = await mkdtemp(join(tmpdir(), 'greenroom-measure-'))
  let [subject, judges]: [Subject | null, Judges | null] = [null, null]
  try {
    subject = await openSubject(networks, { sourcePath, audioPath, cacheDir, options, signal })
    await requireSameFormat(subject, resultPath, signal)
    judges = await openJudges(networks.mesh, subject.basis)
    const visit = request.visit?.(subject)
    const watched = await watch(subject, judges, resultPath, options, { scratchDir, visit, signal })
    const other = await readSpeech(networks, otherPath, cacheDir, signal)
    const { frames, fps, speech } = subject
    const loudness = await loudnessCurve(audioPath, frames, fps, signal)
    const otherPose = (n: number) => mouthAt(other.curves, n / fps)
    return {
      mouth: mouthTraces(subject, watched),
      ...lipMeasures(subject, watched, loudness, (n) => drivenOpening(otherPose(n))),
      ...{ jitter: watched.jitter, outside: watched.outside },
      container: await containerFacts(resultPath, signal),
      sound: await soundOffset(resultPath, audioPath, 0, signal),
      wanted: { frames, seconds: speech.seconds, fps },
    }
  } finally {
    await judges?.close()
    await subject?.close()
    await releaseNetworks(networks)
    await rm(scratchDir, { recursive: true, force: true })
  }
}

async function requireSameFormat({ plan, fps }: Subject, resultPath: string, signal: AbortSignal) {
  const result = await planVideo(resultPath, signal)
  const sameSize = result.width === plan.width && result.height === plan.height
  if (sameSize && Math.abs(toNumber(result.fps) - fps) < 0.01) return
  const describe = (one: typeof plan) => `${one.width}x${one.height} at ${toNumber(one.fps).toFixed(3)} fps`
  throw new Error(
    `The result is ${describe(result)}, and from this source it should be ${describe(plan)}. ` +
      'Give the --size, --fps or --quality with which it was rendered.',
  )
}

/** Lips of two speeches are compared within this lag, in seconds. */
const REACH = 0.5
/** Share of the source's frames that are taken for shut. */
const SHUT = 0.05
/** Probability from which somebody speaks. */
const VOICE = 0.5
/** Weight of a frame from which its lips count as driven. */
const DRIVEN = 0.5

function framesWithFace({ hasFace }: Subject, frames: number): number[] {
  return Array.from({ length: frames }, (_, n) => n).filter(hasFace)
}

/** What the nine gates of the mouth are asked of. */
function mouthTraces(subject: Subject, { result, source, frames }: Watched): MouthTraces {
  const seen = framesWithFace(subject, frames)
  const { presenter, speech, shown, poseAt } = subject
  const { opening, width, weight } = presenter.measures
  const usable = (values: Float32Array) => [...values].filter((_, n) => weight[n] === 1)
  const { voice } = speech.features
  const frontal = Array.from({ length: frames }, (_, n) => n).filter(subject.isFrontal)
  return {
    poses: seen.map(poseAt),
    ...{ result: traceOf(result, seen), source: traceOf(source, seen) },
    own: { opening: usable(opening), width: usable(width) },
    tracked: seen.map((n) => opening[shown(n)]),
    spoken: voice.filter((value) => value > VOICE).length / Math.max(1, voice.length),
    undriven: frontal.filter((n) => weight[shown(n)] < DRIVEN).length / Math.max(1, frontal.length),
  }
}

function lipMeasures(
  subject: Subject,
  { result, source, frames }: Watched,
  loudness: Float32Array,
  otherAt: (n: number) => number,
): Pick<Measures, 'lips' | 'closures' | 'width'> {
  const seen = framesWithFace(subject, frames)
  const poses = seen.map(subject.poseAt)
  const driven = poses.map(drivenOpening)
  const other = seen.map(otherAt)
  const pick = (values: ArrayLike<number>) => seen.map((n) => values[n])
  const isClosed = (k: number) => poses[k].closed > CLOSED
  const isWide = (k: number) => poses[k].open > WIDE && poses[k].closed < 1 - CLOSED
  const judge = (name: JudgeName): Following => {
    const [opening, own] = [pick(result[name]), pick(source[name])]
    return {
      driven: correlation(opening, driven),
      best: bestLag(opening, driven, Math.round(REACH * subject.fps)),
      loudness: correlation(opening, pick(loudness)),
      source: correlation(own, driven),
      sourceLoudness: correlation(own, pick(loudness)),
      other: correlation(opening, other),
      closedGap: meanWhere(opening, isClosed),
      openGap: meanWhere(opening, isWide),
      shutGap: quantile(own, SHUT),
    }
  }
  const width = pick(result.width)
  return {
    lips: { lm68: judge('lm68'), mesh: judge('mesh'), refined: judge('refined') },
    closures: poses.filter((_, k) => isClosed(k)).length,
    width: {
      round: meanWhere(width, (k) => poses[k].round > SHAPED),
      spread: meanWhere(width, (k) => poses[k].spread > SHAPED),
    },
  }
}
