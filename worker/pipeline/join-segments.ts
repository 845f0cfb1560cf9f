import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkpoint } from './checkpoint.ts'
import { timescale } from './encoder.ts'
import { translateFileError } from './file-error.ts'
import { mux } from './mux.ts'
import type { VideoPlan } from './video-plan.ts'

export interface JoinRequest {
  checkpoint: Checkpoint
  plan: VideoPlan
  trackPath: string
  outputPath: string
  signal: AbortSignal
}

/**
 * Joins a render's segments and the speech's track into the result, all by copy. The list that ffmpeg reads holds
 * only names of our own making, and the exact length of each segment: without it, roundings would add up.
 */
export async function joinSegments(request: JoinRequest): Promise<void> {
  const { checkpoint, plan, trackPath, outputPath, signal } = request
  const list = join(checkpoint.dir, 'segments.ffconcat')
  await writeList(list, checkpoint, plan)
  await mux({
    ...{ videoPath: list, trackPath, outputPath, signal },
    videoParts: checkpoint.segments.map(({ file }) => join(checkpoint.dir, file)),
    videoOptions: [
      ...['-protocol_whitelist', 'file', '-format_whitelist', 'concat,mov,mp4,m4a,3gp,3g2,mj2'],
      ...['-f', 'concat', '-safe', '1', '-auto_convert', '0'],
    ],
    outputOptions: ['-video_track_timescale', String(timescale(plan.fps))],
  })
  await rm(list, { force: true })
}

async function writeList(path: string, { segments }: Checkpoint, { fps }: VideoPlan): Promise<void> {
  const microseconds = (frames: number) => Math.round((frames * fps.den * 1e6) / fps.num)
  const lines = ['ffconcat version 1.0']
  let from = 0
  for (const { file, frames } of segments) {
    const length = microseconds(from + frames) - microseconds(from)
    lines.push(`file ${file}`, `duration ${(length / 1e6).toFixed(6)}`)
    from += frames
  }
  const handle = await open(path, 'w').catch(translateFileError)
  try {
    await handle.writeFile(`${lines.join('\n')}\n`).catch(translateFileError)
  } finally {
    await handle.close()
  }
}
