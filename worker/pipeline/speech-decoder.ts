import type { Writable } from 'node:stream'
import { isDiskFull } from '#core/errors'
import { fileUrl, inputArgs } from '#core/media/input'
import { type MediaNeeds, rendering } from '#core/media/needs'
import { mendingFilters } from '#core/media/sound'
import { EngineError } from '#worker/engine-contract/engine'
import { type FfmpegChild, startFfmpeg } from './child.ts'
import { type ChildPipe, openChildPipe } from './child-pipe.ts'
import { diskFull } from './file-error.ts'
import { probeInput } from './probe-input.ts'

export interface DecodeSpeech {
  audioPath: string
  /** Leaves out what comes before this time in seconds. */
  fromSeconds?: number
  /** Path of the AAC track that all results of this speech share. */
  trackPath: string
  sampleRate: number
  /** Receives the seconds that the file declares, before it is decoded. */
  onDuration?: (seconds: number) => void
  /** Takes mono samples in chunks of any size, to be read at once, together with the seconds that the file declares. */
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
  const filters = await speechFilters(request, { demuxer, audio })
  const map = ['-map', `0:${audio.index}`, '-vn', '-sn', '-dn', '-af', filters.join(',')]
  const decoding = ['-max_error_rate', '1', ...inputArgs(demuxer, audioPath), ...map, ...raw, 'pipe:1']
  const track = ['-map', '0:a', '-c:a', 'aac', '-b:a', '192k', '-f', 'mp4', fileUrl(trackPath)]
  const mono = ['-map', '0:a', '-ac', '1', '-ar', String(sampleRate), '-f', 'f32le', 'pipe:1']
  const pipes = await Promise.all([openChildPipe(BLOCK_BYTES), openChildPipe(BLOCK_BYTES)])
  const [between, decoded] = pipes
  const children: FfmpegChild[] = []
  const start = (args: string[], input: 'ignore' | 'pipe', pipe: ChildPipe, needs: MediaNeeds) => {
    const child = startFfmpeg(args, [input, pipe.childEnd, 'pipe'], needs, signal)
    children.push(child)
    pipe.handedOver()
    return child
  }
  let count = 0
  try {
    const decoder = start(decoding, 'ignore', between, rendering([audioPath]))
    const encoding = ['-y', ...raw, '-i', 'pipe:0', ...track, ...mono]
    const encoder = start(encoding, 'pipe', decoded, rendering([], [trackPath]))
    const pumped = pump(between, encoder.process.stdin as Writable)
    const receive = (block: Buffer) => {
      const samples = new Float32Array(block.buffer, block.byteOffset, Math.floor(block.length / 4))
      count += samples.length
      if (samples.length > 0) onSamples(samples, audio.durationSeconds)
    }
    for await (const block of decoded.blocks()) receive(block)
    receive(decoded.rest())
    await pumped
    await requireSuccess(decoder, encoder, count / sampleRate)
    // The declared length may be that of a video: only a pure audio file says how long the speech must be.
    if (!video) requireLength(count / sampleRate, audio.durationSeconds)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    await Promise.all(children.map((child) => child.stop()))
    for (const pipe of pipes) pipe.close()
  }
}

async function speechFilters(
  { audioPath, fromSeconds = 0, signal }: DecodeSpeech,
  probe: Parameters<typeof mendingFilters>[1],
): Promise<string[]> {
  const later = fromSeconds > 0 ? [`atrim=start=${fromSeconds}`, 'asetpts=PTS-STARTPTS'] : []
  return ['aresample=async=1:first_pts=0', ...later, ...(await mendingFilters(audioPath, probe, signal))]
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

/** Sound that is passed on at once. */
const BLOCK_BYTES = 65_536

/** Hands on what comes out of one process to the next. One that dies closes its end; its exit code tells why. */
async function pump(from: ChildPipe, to: Writable): Promise<void> {
  to.on('error', () => {})
  const write = (block: Buffer) => new Promise<void>((taken) => to.write(block, () => taken()))
  for await (const block of from.blocks()) {
    await write(block)
    if (to.destroyed) return from.close()
  }
  await write(from.rest())
  to.end()
}
