import type { RenderOptions } from '#core/engine/options'
import { imageOf } from '#worker/engines/vision/presenter'
import { readFrames } from '#worker/pipeline/frame-reader'
import { planVideo } from '#worker/pipeline/video-plan'
import { createJitterMeter } from './jitter.ts'
import type { Judges } from './judges.ts'
import { loopSource } from './loop-source.ts'
import { createOutsideMeter } from './outside.ts'
import type { Subject } from './subject.ts'

/** What the networks saw in a video, a value a frame. */
export interface Seen {
  lm68: Float32Array
  mesh: Float32Array
  refined: Float32Array
  width: Float32Array
}

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

/**
 * Looks at a result and at its source, frame by frame and in step, in bounded memory. The source is first looped
 * and encoded as the result is, so that what differs outside the mouth is the render's doing, not the encoder's.
 */
export async function watch(
  subject: Subject,
  judges: Judges,
  resultPath: string,
  options: RenderOptions,
  { scratchDir, visit, signal }: { scratchDir: string; visit?: FrameVisitor; signal: AbortSignal },
): Promise<Watched> {
  const referencePath = `${scratchDir}/reference.mp4`
  const source = await encodeSource(subject, judges, referencePath, options, scratchDir, signal)
  const plan = await planVideo(resultPath, signal)
  const reference = readFrames(
    await planVideo(referencePath, signal),
    { from: 0, to: subject.frames },
    signal,
  )
  const result = seenIn(subject.frames)
  const jitter = createJitterMeter(subject.fps)
  const outside = createOutsideMeter(plan, subject.basis)
  let n = 0
  try {
    for await (const frame of readFrames(plan, { from: 0, to: subject.frames }, signal)) {
      const untouched = (await reference.next()).value as Buffer
      const face = await subject.faceOf(subject.shown(n))
      outside.push(frame, untouched, face)
      if (face[0] !== 0) {
        const mouth = await judges.look(imageOf(plan, frame), face)
        note(result, n, mouth)
        jitter.push(mouth.lips)
      }
      visit?.(n, frame, untouched, face)
      n++
    }
  } finally {
    await reference.return(undefined)
  }
  return { result, source, jitter: jitter.value(), outside: outside.value(), frames: n }
}

/** Encodes the looped source as the engine encodes results, and looks at each of its frames once. */
async function encodeSource(
  { plan, presenter, speech, frames, faceOf }: Subject,
  judges: Judges,
  path: string,
  options: RenderOptions,
  scratchDir: string,
  signal: AbortSignal,
): Promise<Seen> {
  const own = seenIn(presenter.length)
  const looped = seenIn(frames)
  const looked = new Uint8Array(presenter.length)
  let n = 0
  await loopSource({
    ...{ plan, frames, options, scratchDir, signal, length: presenter.length },
    joined: { outputPath: path, trackPath: speech.trackPath },
    async onFrame(source, frame) {
      if (looked[source] === 0) {
        looked[source] = 1
        const face = await faceOf(source)
        if (face[0] !== 0) note(own, source, await judges.look(imageOf(plan, frame), face))
      }
      note(looped, n++, at(own, source))
    },
  })
  return looped
}

function seenIn(frames: number): Seen {
  const series = () => new Float32Array(frames)
  return { lm68: series(), mesh: series(), refined: series(), width: series() }
}

type Values = Record<keyof Seen, number>

function at({ lm68, mesh, refined, width }: Seen, n: number): Values {
  return { lm68: lm68[n], mesh: mesh[n], refined: refined[n], width: width[n] }
}

function note(seen: Seen, n: number, { lm68, mesh, refined, width }: Values) {
  seen.lm68[n] = lm68
  seen.mesh[n] = mesh
  seen.refined[n] = refined
  seen.width[n] = width
}
