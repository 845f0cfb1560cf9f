import { ffprobePath } from '#core/media/binaries'
import { fileUrl } from '#core/media/input'
import { inspecting } from '#core/media/needs'
import { runMedia } from '#core/media/process'

/** What a result's container says of its streams. Seconds. */
export interface ContainerFacts {
  frames: number
  video: { start: number; duration: number }
  audio: { start: number; duration: number }
}

interface Stream {
  codec_type: string
  start_time?: string
  duration?: string
  nb_read_packets?: string
}

/** Reads start and length of picture and sound, priming taken off by the container's edit list, and counts frames. */
export async function containerFacts(path: string, signal: AbortSignal): Promise<ContainerFacts> {
  const entries = 'stream=codec_type,start_time,duration,nb_read_packets:format=duration'
  const args = ['-v', 'error', '-count_packets', '-show_entries', entries, '-of', 'json', fileUrl(path)]
  const { exitCode, stdout, stderrTail } = await runMedia(ffprobePath(), args, inspecting(path), { signal })
  if (exitCode !== 0) throw new Error(`${path} can't be read: ${stderrTail}`)
  const found = JSON.parse(stdout.toString()) as { streams: Stream[]; format: { duration?: string } }
  const of = (type: string) => {
    const stream = found.streams.find(({ codec_type }) => codec_type === type)
    if (!stream) throw new Error(`${path} has no ${type}.`)
    const duration = Number(stream.duration ?? found.format.duration)
    return { start: Number(stream.start_time ?? 0), duration, packets: Number(stream.nb_read_packets) }
  }
  const video = of('video')
  return { frames: video.packets, video, audio: of('audio') }
}
