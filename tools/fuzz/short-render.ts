import { join } from 'node:path'
import { openEncoder } from '#worker/pipeline/encoder'
import { readFrames } from '#worker/pipeline/frame-reader'
import { mux } from '#worker/pipeline/mux'
import { speechTrack } from '#worker/pipeline/speech-track'
import { planVideo } from '#worker/pipeline/video-plan'

const FRAMES = 6

export type RenderFiles = { audioPath: string; videoPath: string; scratchDir: string; signal: AbortSignal }

/** All that a render does with its two files through ffmpeg, without looking for a face: decode, encode, join. */
export async function renderShortly({
  audioPath,
  videoPath,
  scratchDir,
  signal,
}: RenderFiles): Promise<void> {
  const track = await speechTrack({ audioPath, scratchDir, signal, onFraction: () => {} })
  const plan = await planVideo(videoPath, signal)
  const picture = join(scratchDir, 'picture.mp4')
  const encoder = openEncoder(plan, picture, signal)
  try {
    for await (const frame of readFrames(plan, { from: 0, to: FRAMES }, signal)) await encoder.write(frame)
    await encoder.finish()
  } finally {
    await encoder.stop()
  }
  await mux({ videoPath: picture, trackPath: track.path, outputPath: join(scratchDir, 'result.mp4'), signal })
}
