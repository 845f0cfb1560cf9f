import type { RenderOptions } from '#core/engine/options'
import type { Basis } from '#worker/engines/vision/basis'
import type { Presenter } from '#worker/engines/vision/presenter'
import type { Exchange } from '#worker/pipeline/child-pipe'
import { toNumber } from '#worker/pipeline/frame-rate'
import { unreadableVideo } from '#worker/pipeline/frame-reader'
import type { FrameStore } from '#worker/pipeline/frame-store'
import type { FrameWriter } from '#worker/pipeline/frame-writer'
import { shownFrames } from '#worker/pipeline/shown-frames'
import { createFaceWarp } from './face/face-warp.ts'
import { createFaceSteadier } from './face/steady-face.ts'
import type { Exemplar } from './paint/exemplar.ts'
import type { Motion } from './speech/motion.ts'
import type { Cast } from './units/cast.ts'
import { createUnitWarp } from './units/unit-warp.ts'

export interface RenderPass {
  presenter: Presenter
  motion: Motion
  exemplar: Exemplar | null
  /** The presenter's own mouths in each frame of the whole result; null where the clip shows none. */
  cast: Cast | null
  basis: Basis
  /** Result frames [from, to): a part is rendered exactly as it would be within the whole. */
  range: { from: number; to: number }
  /** What a video does that is shorter than the result. */
  shortVideo: RenderOptions['shortVideo']
  /** Takes the frames of the range. */
  writer: FrameWriter
  /** The place of frames that are shown again: a folder, or a store that may hold some already. */
  place: string | FrameStore
  signal: AbortSignal
  /** Frames of the result that are done, those before the range included. */
  onFrame: (framesDone: number) => void
}

/**
 * Renders a part of the result: frames are decoded, warped in place, and encoded, one at a time. Every frame depends on
 * its own index and on the whole speech, so that parts can be rendered separately and joined.
 */
export async function renderPass(pass: RenderPass): Promise<void> {
  const { presenter, motion, basis, range, writer, signal } = pass
  const { plan, measures, analysis } = presenter
  const mouth = { exemplar: pass.exemplar, fullRange: plan.pixelFormat === 'yuvj420p' }
  const unitWarp = pass.cast && createUnitWarp(plan, basis, measures, mouth, pass.cast)
  const faceWarp = createFaceWarp(plan, basis, measures, mouth)
  const fps = toNumber(plan.fps)
  const faceOf = createFaceSteadier(analysis, basis, presenter.length)
  const exchange: Exchange = { spare: null }
  let n = range.from
  const { shortVideo, place } = pass
  for await (const { source, frame } of shownFrames(
    plan,
    presenter.length,
    range,
    shortVideo,
    place,
    signal,
    exchange,
  )) {
    const face = await faceOf(source)
    if (unitWarp) unitWarp(frame, face, source, n)
    else faceWarp(frame, face, source, motion(n))
    exchange.spare = await writer.next()
    writer.write(frame)
    n++
    pass.onFrame(n)
  }
  if (n < range.to) throw unreadableVideo(plan, n / fps, `${n} of ${range.to} frames`)
}
