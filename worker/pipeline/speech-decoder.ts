import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { inputArgs } from '#core/media/input'
import { EngineError } from '../engines/engine.ts'
import { type FfmpegChild, startFfmpeg } from './child.ts'
import { diskFull, isDiskFull } from './file-error.ts'
import { probeInput } from './probe-input.ts'

export interface DecodeSpeech {
  audioPath: string
  /** Where the AAC track goes that all results of this speech share. */
  trackPath: string
  sampleRate: number
  /** Hears the seconds that the file declares, before it is decoded. */
  onDuration?: (seconds: number) => void
  /** Takes mono samples in chunks of any size, together with the seconds that the file declares. */
  onSamples: (samples: Float32Array, declaredSeconds: number) => void
  signal: AbortSignal
}

/**
 * Decodes a speech once, as a stream, for two uses: mono samples for analysis, and an AAC track (192 kbit/s,
 * mono or stereo as the original, more channels mixed down to stereo) for the results. Gaps, damage and a
 * late start become silence. Two processes, because only raw samples between them keep both outputs equally
 * long when a damaged file changes its mind about rate or channels.
 *
 * @throws EngineError no_audio, media_unreadable or disk_full.
 */
export async function decodeSpeech(request: DecodeSpeech): Promise<void> {
  const { audioPath, trackPath, signal, sampleRate, onSamples } = request
  const { demuxer, audio, video } = await probeInput(audioPath, 'speech', signal)
  if (!audio) throw noAudio('The speech file has no sound in it.')
  request.onDuration?.(audio.durationSeconds)
  const raw = rawFormat(audio.channels, audio.sampleRate)
  const map = ['-map', `0:${audio.index}`, '-vn', '-sn', '-dn', '-af', 'aresample=async=1:first_pts=0']
  const decoding = ['-max_error_rate', '1', ...inputArgs(demuxer, audioPath), ...map, ...raw, 'pipe:1']
  const track = ['-map', '0:a', '-c:a', 'aac', '-b:a', '192k', '-f', 'mp4', trackPath]
  const mono = ['-map', '0:a', '-ac', '1', '-ar', String(sampleRate), '-f', 'f32le', 'pipe:1']
  const decoder = startFfmpeg(decoding, ['ignore', 'pipe', 'pipe'], signal)
  const encoder = startFfmpeg(
    ['-y', ...raw, '-i', 'pipe:0', ...track, ...mono],
    ['pipe', 'pipe', 'pipe'],
    signal,
  )
  let count = 0
  try {
    // A process that dies closes its end; its exit code tells why.
    const pumped = pipeline(decoder.process.stdout as Readable, encoder.process.stdin as Writable).catch(
      () => {},
    )
    for await (const samples of floats(encoder.process.stdout as Readable)) {
      count += samples.length
      onSamples(samples, audio.durationSeconds)
    }
    await pumped
    await requireSuccess(decoder, encoder, count / sampleRate)
    // Beside a video, the length may be the video's: only a pure audio file says what the speech must have.
    if (!video) requireLength(count / sampleRate, audio.durationSeconds)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    await Promise.all([decoder.stop(), encoder.stop()])
  }
}

/** Raw samples between both processes, at the rate and channels of the AAC track. */
function rawFormat(channels: number, sampleRate: number): string[] {
  const rate = sampleRate === 44_100 ? 44_100 : 48_000
  return ['-f', 'f32le', '-ar', String(rate), '-ac', String(Math.min(2, Math.max(1, channels)))]
}

async function requireSuccess(decoder: FfmpegChild, encoder: FfmpegChild, seconds: number) {
  const [decoded, encoded] = await Promise.all([decoder.done, encoder.done])
  if (isDiskFull(encoded.stderr)) throw diskFull(encoded.stderr)
  if (decoded.exitCode !== 0) throw decodingFailed(decoded.stderr, seconds)
  if (seconds === 0) throw noAudio('The speech file holds no sound that could be decoded.')
  if (encoded.exitCode !== 0) {
    throw new EngineError('engine_failed', `The speech could not be encoded: ${encoded.stderr}`)
  }
}

/** A speech that is cut off may decode without an error code. */
function requireLength(seconds: number, declared: number) {
  if (seconds < 0.9 * declared) throw decodingFailed(`${declared.toFixed(2)} s declared`, seconds)
}

function noAudio(message: string): EngineError {
  return new EngineError('no_audio', message, { params: { role: 'speech' } })
}

function decodingFailed(stderr: string, seconds: number): EngineError {
  const detail = (stderr.split('\n').at(-1) ?? '').replace(/file:\S+:?\s*/g, '').slice(0, 200)
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
