import type { RenderOptions } from '#core/engine/options'
import { REFINED_LIPS } from '#worker/engines/vision/landmarks'
import { imageOf } from '#worker/engines/vision/presenter'
import { readFrames } from '#worker/pipeline/frame-reader'
import { planVideo } from '#worker/pipeline/video-plan'
import { createJitterMeter } from './jitter.ts'
import type { Judges, SeenMouth } from './judges.ts'
import { loopSource } from './loop-source.ts'
import { createPixelMeter, type MouthPixels } from './mouth-pixels.ts'
import { createOutsideMeter } from './outside.ts'
import type { Subject } from './subject.ts'

const NETWORKS = ['lm68', 'mesh', 'refined', 'width'] as const satisfies (keyof SeenMouth)[]
const PIXELS = ['lipHeight', 'inside', 'seam', 'bend', 'sharpness'] as const satisfies (keyof MouthPixels)[]

/** What the networks saw in a video, and what its pixels show, a value a frame. */
export type Seen = Record<(typeof NETWORKS)[number] | (typeof PIXELS)[number], Float32Array>

/** The same of chosen frames. */
export type MouthTrace = Readonly<Record<keyof Seen, readonly number[]>>

export interface Watched {
  result: Seen
  /** The untouched source, looped as the engine loops it. */
  source: Seen
  jitter: number
  outside: { psnr: number; worst: number }
  /** Frames that were decoded. */
  frames: number
}

/** Takes each frame of the result beside the equally encoded source's; both are I420 and reused. */
export type FrameVisitor = (n: number, result: Buffer, source: Buffer, face: Float32Array) => void

interface Watching {
  scratchDir: string
  visit?: FrameVisitor
  signal: AbortSignal
}

/**
 * Looks at a result and at its source, frame by frame and in step, in bounded memory. The source is first looped
 * and encoded as the result is, so that what differs outside the mouth is the render's doing, not the encoder's.
 */
export async function watch(
  subject: Subject,
  judges: Judges,
  resultPath: string,
  options: RenderOptions,
  { scratchDir, visit, signal }: Watching,
): Promise<Watched> {
  const referencePath = `${scratchDir}/reference.mp4`
  const own = await encodeSource(subject, judges, referencePath, options, scratchDir, signal)
  const plan = await planVideo(resultPath, signal)
  const [result, source] = [seenIn(subject.frames), seenIn(subject.frames)]
  const jitter = createJitterMeter(subject.fps)
  const outside = createOutsideMeter(plan, subject.basis)
  const [ofResult, ofSource] = [plan, plan].map((size) => createPixelMeter(size, subject.basis))
  let n = 0
  for await (const [frame, untouched] of inStep(subject, resultPath, referencePath, signal)) {
    const shown = subject.shown(n)
    const face = await subject.faceOf(shown)
    outside.push(frame, untouched, face)
    if (face[0] === 0) for (const meter of [ofResult, ofSource]) meter.skip()
    else {
      const mouth = await judges.look(imageOf(plan, frame), face)
      jitter.push(mouth.lips)
      const lips = own.lipsOf(shown)
      note(result, n, NETWORKS, mouth)
      note(result, n, PIXELS, ofResult.look(frame, face, mouth.refinedLips, lips))
      note(source, n, PIXELS, ofSource.look(untouched, face, lips, lips))
      for (const name of NETWORKS) source[name][n] = own.seen[name][shown]
    }
    visit?.(n, frame, untouched, face)
    n++
  }
  return { result, source, jitter: jitter.value(), outside: outside.value(), frames: n }
}

/** Frames of a result, each with the one of the encoded source beside it. */
async function* inStep(subject: Subject, resultPath: string, referencePath: string, signal: AbortSignal) {
  const range = { from: 0, to: subject.frames }
  const reference = readFrames(await planVideo(referencePath, signal), range, signal)
  try {
    for await (const frame of readFrames(await planVideo(resultPath, signal), range, signal))
      yield [frame, (await reference.next()).value as Buffer] as const
  } finally {
    await reference.return(undefined)
  }
}

/** Encodes the looped source as the engine encodes results, and lets the networks look at each of its frames once. */
async function encodeSource(
  { plan, presenter, speech, frames, faceOf }: Subject,
  judges: Judges,
  path: string,
  options: RenderOptions,
  scratchDir: string,
  signal: AbortSignal,
) {
  const { length } = presenter
  const seen = seenIn(length)
  const floats = 2 * REFINED_LIPS.length
  const lips = new Float32Array(floats * length)
  const looked = new Uint8Array(length)
  await loopSource({
    ...{ plan, frames, options, scratchDir, signal, length },
    joined: { outputPath: path, trackPath: speech.trackPath },
    async onFrame(source, frame) {
      if (looked[source] === 1) return
      looked[source] = 1
      const face = await faceOf(source)
      if (face[0] === 0) return
      const mouth = await judges.look(imageOf(plan, frame), face)
      note(seen, source, NETWORKS, mouth)
      lips.set(mouth.refinedLips, floats * source)
    },
  })
  return { seen, lipsOf: (source: number) => lips.subarray(floats * source, floats * (source + 1)) }
}

export function traceOf(seen: Seen, frames: readonly number[]): MouthTrace {
  return eachSeen((name) => frames.map((n) => seen[name][n]))
}

function seenIn(frames: number): Seen {
  return eachSeen(() => new Float32Array(frames))
}

function eachSeen<T>(make: (name: keyof Seen) => T): Record<keyof Seen, T> {
  const names = [...NETWORKS, ...PIXELS].map((name) => [name, make(name)])
  return Object.fromEntries(names) as Record<keyof Seen, T>
}

function note<Name extends keyof Seen>(
  seen: Seen,
  n: number,
  names: readonly Name[],
  values: Record<Name, number>,
) {
  for (const name of names) seen[name][n] = values[name]
}
