import type { Readable } from 'node:stream'
import { inputArgs } from '#core/media/input'
import { EngineError } from '../engines/engine.ts'
import { startFfmpeg } from './child.ts'
import { diskFull, isDiskFull } from './file-error.ts'
import { probeInput } from './probe-input.ts'

export interface DecodeSpeech {
  audioPath: string
  /** Where the AAC track goes that all results of this speech share. */
  trackPath: string
  sampleRate: number
  /** Takes mono samples in chunks of any size, together with the seconds that the file declares. */
  onSamples: (samples: Float32Array, declaredSeconds: number) => void
  signal: AbortSignal
}

/**
 * Decodes a speech once, as a stream, for two uses: mono samples for analysis, and an AAC track (192 kbit/s,
 * mono or stereo as the original, more channels mixed down to stereo) for the results. Gaps and a late start
 * become silence in both, so that they stay in time with each other. Damaged stretches are skipped.
 *
 * @throws EngineError no_audio, media_unreadable or disk_full.
 */
export async function decodeSpeech(request: DecodeSpeech): Promise<void> {
  const { audioPath, signal, sampleRate, onSamples } = request
  const { demuxer, audio } = await probeInput(audioPath, 'speech', signal)
  if (!audio) throw noAudio('The speech file has no sound in it.')
  const track = audioTrackArguments(audio.channels, audio.sampleRate)
  const filter = `[0:${audio.index}]aresample=async=1:first_pts=0,asetpts=N/SR/TB,asplit[track][mono]`
  const args = [
    ...['-y', '-max_error_rate', '1', ...inputArgs(demuxer, audioPath), '-filter_complex', filter],
    ...['-map', '[track]', ...track, '-f', 'mp4', request.trackPath],
    ...['-map', '[mono]', '-ac', '1', '-ar', String(sampleRate), '-f', 'f32le', 'pipe:1'],
  ]
  const child = startFfmpeg(args, ['ignore', 'pipe', 'pipe'], signal)
  let count = 0
  try {
    for await (const samples of floats(child.process.stdout as Readable)) {
      count += samples.length
      onSamples(samples, audio.durationSeconds)
    }
    const { exitCode, stderr } = await child.done
    if (exitCode !== 0) throw decodingFailed(stderr, count / sampleRate)
  } finally {
    await child.stop()
  }
  if (count === 0) throw noAudio('The speech file holds no sound that could be decoded.')
}

function audioTrackArguments(channels: number, sampleRate: number): string[] {
  const rate = sampleRate === 44_100 ? 44_100 : 48_000
  return [
    '-c:a',
    'aac',
    '-b:a',
    '192k',
    '-ac',
    String(Math.min(2, Math.max(1, channels))),
    '-ar',
    String(rate),
  ]
}

function noAudio(message: string): EngineError {
  return new EngineError('no_audio', message, { params: { role: 'speech' } })
}

function decodingFailed(stderr: string, seconds: number): EngineError {
  if (isDiskFull(stderr)) return diskFull(stderr)
  const detail = stderr.split('\n').at(-1) ?? ''
  return new EngineError(
    'media_unreadable',
    `The speech is damaged: it could be read up to ${seconds.toFixed(2)} s. Export or upload it again.`,
    { params: { role: 'speech', seconds: Number(seconds.toFixed(2)), detail } },
  )
}

/** Little-endian floats of a byte stream, whose chunks may end inside a number. */
async function* floats(stream: Readable): AsyncGenerator<Float32Array> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const count = Math.floor(bytes.length / 4)
    // A copy, because a chunk may start at an address that a Float32Array can't.
    const aligned = new Float32Array(count)
    Buffer.from(aligned.buffer).set(bytes.subarray(0, count * 4))
    rest = bytes.subarray(count * 4)
    yield aligned
  }
}
