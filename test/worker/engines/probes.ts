import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ffmpegPath, ffprobePath } from '#core/media/binaries'

const run = promisify(execFile)

export interface ProbedVideo {
  codec_name: string
  width: number
  height: number
  pix_fmt: string
  r_frame_rate: string
  nb_read_frames: string
  duration: string
  start_time: string
  color_space?: string
  color_range?: string
}

export interface ProbedAudio {
  codec_name: string
  channels: number
  duration: string
  start_time: string
}

/** What ffprobe finds in a file, every frame counted by decoding it. */
export async function probeResult(path: string): Promise<{ video: ProbedVideo; audio: ProbedAudio }> {
  const args = ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', path]
  const { stdout } = await run(ffprobePath(), args)
  const { streams } = JSON.parse(stdout) as {
    streams: ({ codec_type: string } & ProbedVideo & ProbedAudio)[]
  }
  const video = streams.find((stream) => stream.codec_type === 'video')
  const audio = streams.find((stream) => stream.codec_type === 'audio')
  if (!video || !audio) throw new Error(`${path} lacks picture or sound`)
  return { video, audio }
}

/** A checksum of each frame of a file, or of a lavfi-free ffmpeg input, in order. */
export async function frameHashes(path: string): Promise<string[]> {
  const args = ['-v', 'error', '-i', path, '-map', '0:v:0', '-f', 'framemd5', '-']
  const { stdout } = await run(ffmpegPath(), args, { maxBuffer: 2 ** 26 })
  return stdout
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '')
}

/** Seconds of speech in a file, counted in decoded samples. */
export async function decodedSeconds(path: string): Promise<number> {
  const args = ['-v', 'error', '-max_error_rate', '1', '-i', path, '-map', '0:a:0']
  const output = ['-ac', '1', '-ar', '16000', '-f', 's16le', '-']
  const { stdout } = await run(ffmpegPath(), [...args, ...output], { maxBuffer: 2 ** 28, encoding: 'buffer' })
  return stdout.length / 2 / 16_000
}
