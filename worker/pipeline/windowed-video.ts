import type { RenderOptions } from '#core/engine/options'
import type { Exchange } from './child-pipe.ts'
import { type Encoder, openEncoder } from './encoder.ts'
import { toNumber } from './frame-rate.ts'
import { readFrames } from './frame-reader.ts'
import { shownFrames } from './shown-frames.ts'
import { frameBytes, planVideo, type VideoPlan } from './video-plan.ts'
import { cutWindow, featherOf, pasteWindow, type Window } from './window.ts'

/** A part of a presenter video, as long as the speech, that a program renders in place of the whole. */
export interface WindowedVideo {
  plan: VideoPlan
  /** Frames of the source clip, which swings back and forth or stays on its last one. */
  length: number
  /** Frames of the result. */
  frames: number
  window: Window
  shortVideo: RenderOptions['shortVideo']
  /** Folder for what is decoded more than once. */
  scratchDir: string
}

/** Writes the window of every frame that the result shows, as an mp4 without sound. */
export async function writeWindow(
  video: WindowedVideo,
  path: string,
  signal: AbortSignal,
  onFrame: (done: number, frames: number) => void,
): Promise<void> {
  const { plan, window } = video
  const own: VideoPlan = { ...plan, width: window.width, height: window.height, quality: 'high' }
  const cut = Buffer.allocUnsafe(frameBytes(own))
  await encode(own, path, signal, async (encoder) => {
    let done = 0
    for await (const { frame } of framesOf(video, signal)) {
      cutWindow(frame, plan, window, cut)
      await encoder.write(cut)
      onFrame(++done, video.frames)
    }
  })
}

/**
 * Pastes what a program made of the window back into the frames that it was cut from, and writes the whole picture, as
 * an mp4 without sound. Where the program's video is shorter, the last frames stay as they were.
 */
export async function writePasted(
  video: WindowedVideo,
  madePath: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const { plan, window, frames } = video
  const feather = featherOf(plan, window)
  const patches = readFrames(await planPatches(video, madePath, signal), { from: 0, to: frames }, signal)
  const exchange: Exchange = { spare: null }
  try {
    await encode(plan, path, signal, async (encoder) => {
      for await (const { frame } of framesOf(video, signal, exchange)) {
        const patch = await patches.next()
        if (!patch.done) pasteWindow(patch.value, feather, window, plan, frame)
        await encoder.write(frame)
      }
    })
  } finally {
    await patches.return(undefined)
  }
}

/** What the program wrote, at the rate, in the size and in the colours of the window. */
async function planPatches({ plan, window }: WindowedVideo, path: string, signal: AbortSignal) {
  const made = await planVideo(path, signal, { fps: null, size: null, quality: plan.quality })
  const { width, height } = made
  const scaled = width !== window.width || height !== window.height
  return {
    ...made,
    ...{ fps: plan.fps, pixelFormat: plan.pixelFormat, width: window.width, height: window.height },
    scaledFrom: scaled ? { width, height } : null,
  }
}

function framesOf(
  { plan, length, frames, shortVideo, scratchDir }: WindowedVideo,
  signal: AbortSignal,
  exchange?: Exchange,
) {
  return shownFrames(plan, length, { from: 0, to: frames }, shortVideo, scratchDir, signal, exchange)
}

async function encode(
  plan: VideoPlan,
  path: string,
  signal: AbortSignal,
  write: (encoder: Encoder) => Promise<void>,
): Promise<void> {
  const encoder = openEncoder(plan, path, signal)
  try {
    await write(encoder)
    await encoder.finish()
  } finally {
    await encoder.stop()
  }
}

/** Frames of a result of so many seconds. */
export const framesIn = ({ fps }: VideoPlan, seconds: number): number =>
  Math.max(1, Math.round(seconds * toNumber(fps)))
