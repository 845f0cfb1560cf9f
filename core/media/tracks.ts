import { ffmpegPath } from '#core/media/binaries'
import { inputArgs } from '#core/media/input'
import { inspecting } from '#core/media/needs'
import { runMedia } from '#core/media/process'
import type { Demuxer } from '#core/media/sniff'

/** So much of each track is listened to. */
const LISTEN_SECONDS = 600
const SAMPLE_RATE = 8000

/**
 * Which of several tracks of sound has the most energy in its first ten minutes: cameras and meetings put silent
 * channels, and phones a second microphone, beside the voice. The first of those that are equally loud.
 */
export async function loudestTrack(
  path: string,
  demuxer: Demuxer,
  indexes: number[],
  options: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<number> {
  const energies = await Promise.all(indexes.map((index) => energyOf(path, demuxer, index, options)))
  return indexes[energies.indexOf(Math.max(...energies))]
}

/** Mean square of the samples of both sides of a track; 0 where nothing can be decoded. */
async function energyOf(
  path: string,
  demuxer: Demuxer,
  index: number,
  options: { signal?: AbortSignal; timeoutMs?: number },
): Promise<number> {
  const bytes = new Int16Reader()
  const output = [
    '-t',
    String(LISTEN_SECONDS),
    '-ac',
    '2',
    '-ar',
    String(SAMPLE_RATE),
    '-f',
    's16le',
    'pipe:1',
  ]
  const args = ['-nostdin', '-v', 'error', '-threads', '1', ...inputArgs(demuxer, path), '-map', `0:${index}`]
  let [sum, count] = [0, 0]
  await runMedia(ffmpegPath(), [...args, ...output], inspecting(path), {
    timeoutMs: 60_000,
    ...options,
    onStdout: (chunk) =>
      bytes.read(chunk, (value) => {
        sum += value * value
        count++
      }),
  })
  return count === 0 ? 0 : sum / count
}

/** Little-endian 16-bit samples out of chunks that are cut anywhere. */
export class Int16Reader {
  private odd: number | undefined

  read(chunk: Buffer, take: (sample: number) => void): void {
    let at = 0
    if (this.odd !== undefined && chunk.length > 0) {
      take(((chunk[0] << 24) >> 16) | this.odd)
      this.odd = undefined
      at = 1
    }
    for (; at + 1 < chunk.length; at += 2) take(chunk.readInt16LE(at))
    if (at < chunk.length) this.odd = chunk[at]
  }
}
