import type { RenderOptions } from '#core/engine/options'
import { openCheckpoint } from '#worker/pipeline/checkpoint'
import { openFrameWriter } from '#worker/pipeline/frame-writer'
import { joinSegments } from '#worker/pipeline/join-segments'
import { shownFrames } from '#worker/pipeline/shown-frames'
import type { VideoPlan } from '#worker/pipeline/video-plan'

export interface LoopedSource {
  plan: VideoPlan
  /** Frames of the source that take part, and frames of the result. */
  length: number
  frames: number
  options: RenderOptions
  scratchDir: string
  signal: AbortSignal
  /** Sees each frame before it is encoded. */
  onFrame?: (source: number, frame: Buffer) => Promise<void>
  /** Where the segments are joined to, with a speech's track; left out, they stay as they are. */
  joined?: { outputPath: string; trackPath: string }
}

/** A render that changes nothing: decodes, loops, copies and encodes as the engines do. Returns the frames done. */
export async function loopSource(source: LoopedSource): Promise<number> {
  const { plan, frames, options, scratchDir, signal, joined } = source
  const files = { audioPath: '', audioHash: '', videoPath: '', videoHash: '', outputPath: '', cacheDir: '' }
  const about = { engine: 'source', version: '1', models: null, plan, frames }
  const checkpoint = await openCheckpoint({ ...files, scratchDir, options }, about)
  const writer = openFrameWriter(plan, checkpoint, signal)
  const range = { from: 0, to: frames }
  const shown = shownFrames(plan, source.length, range, options.shortVideo, scratchDir, signal)
  let done = 0
  try {
    for await (const { source: index, frame } of shown) {
      const target = await writer.next()
      frame.copy(target)
      await source.onFrame?.(index, target)
      writer.write(target)
      done++
    }
    await writer.finish()
  } finally {
    await writer.stop()
  }
  if (joined) await joinSegments({ checkpoint, plan, signal, ...joined })
  return done
}
