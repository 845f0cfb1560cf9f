import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Session } from '#worker/engine-contract/onnx-runtime'
import { writeCacheFile } from '#worker/pipeline/cache-file'
import { ffmpegKey } from '#worker/pipeline/ffmpeg-version'
import { translateFileError } from '#worker/pipeline/file-error'
import { decodeSpeech } from '#worker/pipeline/speech-decoder'
import { FEATURES, type LastLayer, runAudioNetwork, scaleCount } from './audio-network.ts'
import { CURVE_NAMES, type MouthCurves, shapeCurves, speechGate } from './curves.ts'
import { createLogMelStream, type LogMelStream, SAMPLE_RATE } from './log-mel.ts'

/** What a speech asks of any presenter. */
export interface Speech {
  /** Exact length, measured in decoded samples. */
  seconds: number
  curves: MouthCurves
  /** The features that a presenter's own style needs of it. */
  features: SpeechFeatures
  /** The AAC track of the results, in the cache. */
  trackPath: string
}

export interface SpeechRequest {
  audioPath: string
  audioHash: string
  cacheDir: string
  signal: AbortSignal
  /** Seconds that the file says the speech lasts, once known: close to what it turns out to be. */
  onDuration?: (seconds: number) => void
  /** Fraction of the speech that is analysed. */
  onFraction: (fraction: number) => void
}

/** Gate and voice, a value each 10 ms, and the network's last layer. */
export interface SpeechFeatures {
  gate: Float32Array
  voice: Float32Array
  layer: LastLayer
}

/** Raise when the network, the features or the shaping change: older cache files are then passed over. */
const VERSION = 6

/**
 * The curves and the AAC track of a speech, from the cache or by decoding the file once. A batch of N videos
 * therefore decodes and analyses its speech once.
 */
export async function loadSpeech(network: Session, request: SpeechRequest): Promise<Speech> {
  const base = join(request.cacheDir, 'speech', `${request.audioHash}-v${VERSION}-${await ffmpegKey()}`)
  const curvesPath = `${base}.curves`
  const trackPath = `${base}.mp4`
  const cached = await readSpeech(curvesPath)
  if (cached && (await isFile(trackPath))) {
    request.onDuration?.(cached.seconds)
    return { ...cached, trackPath }
  }
  let made = cached
  await writeCacheFile(trackPath, async (temporary) => {
    made = await analyseSpeech(network, request, temporary)
  })
  const analysed = made as Omit<Speech, 'trackPath'>
  await writeCacheFile(curvesPath, (temporary) =>
    writeFile(temporary, encodeSpeech(analysed)).catch(translateFileError),
  )
  return { ...analysed, trackPath }
}

/** A longer duration that a file declares gets no memory in advance. */
const MAX_EXPECTED = 3600

/** Decodes a file's sound, its AAC track into `trackPath`, and runs the network over it. */
export async function analyseSpeech(
  network: Session,
  request: Pick<SpeechRequest, 'audioPath' | 'signal' | 'onDuration' | 'onFraction'> & {
    fromSeconds?: number
  },
  trackPath: string,
): Promise<Omit<Speech, 'trackPath'>> {
  const { audioPath, signal, onDuration, onFraction, fromSeconds } = request
  let stream: LogMelStream | null = null
  let seconds = 0
  await decodeSpeech({
    ...{ audioPath, fromSeconds, trackPath, signal, onDuration, sampleRate: SAMPLE_RATE },
    onSamples(samples, declaredSeconds) {
      stream ??= createLogMelStream(Math.min(declaredSeconds, MAX_EXPECTED))
      stream.push(samples)
      seconds += samples.length / SAMPLE_RATE
      onFraction(Math.min(1, seconds / Math.max(declaredSeconds, seconds, 0.01)))
    },
  })
  const { frames, frameCount, sampleCount } = (stream ?? createLogMelStream(0)).finish()
  const output = await runAudioNetwork(network, frames, frameCount)
  const gate = speechGate(frames, output.voice)
  const features = { gate, voice: output.voice, layer: output.layer }
  return { seconds: sampleCount / SAMPLE_RATE, curves: shapeCurves(output, gate), features }
}

const MAGIC = 0x47524355
const HEADER_BYTES = 24

/**
 * Header (magic, version, frames, checksum, seconds), then as little-endian floats the five curves, the gate, the
 * voice and the last layer's scales, then the layer: piece by piece, because a long speech's are many.
 */
function encodeSpeech({ seconds, curves, features }: Omit<Speech, 'trackPath'>): Uint8Array[] {
  const count = curves.open.length
  const { gate, voice, layer } = features
  const rows = [...CURVE_NAMES.map((name) => curves[name]), gate, voice, layer.scales]
  const pieces = [...rows.map(bytesOf), layer.bytes]
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(MAGIC, 0)
  header.writeUInt32LE(VERSION, 4)
  header.writeUInt32LE(count, 8)
  const checksum = pieces.reduce((sum, piece) => crc32(piece, sum), 0)
  header.writeUInt32LE(checksum, 12)
  header.writeDoubleLE(seconds, 16)
  return [header, ...pieces]
}

/** Null where there is no cached file or it is damaged: it is then made again. */
async function readSpeech(path: string): Promise<Omit<Speech, 'trackPath'> | null> {
  const file = await readFile(path).catch(() => null)
  if (!file || file.length < HEADER_BYTES || file.readUInt32LE(0) !== MAGIC) return null
  const count = file.readUInt32LE(8)
  const bytes = file.subarray(HEADER_BYTES)
  const floats = (CURVE_NAMES.length + 2) * count + scaleCount(count)
  if (bytes.length !== 4 * floats + FEATURES * count || crc32(bytes) !== file.readUInt32LE(12)) return null
  const body = new Float32Array(floats)
  Buffer.from(body.buffer).set(bytes.subarray(0, 4 * floats))
  const row = (index: number) => body.subarray(index * count, (index + 1) * count)
  const curves = { open: row(0), spread: row(1), round: row(2), closed: row(3), lipOnTeeth: row(4) }
  const layer = {
    scales: body.subarray((CURVE_NAMES.length + 2) * count),
    bytes: new Uint8Array(bytes.subarray(4 * floats)),
  }
  return {
    seconds: file.readDoubleLE(16),
    curves,
    features: { gate: row(5), voice: row(6), layer },
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile() && info.size > 0,
    () => false,
  )
}
