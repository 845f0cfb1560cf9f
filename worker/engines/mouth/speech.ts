import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { writeCacheFile } from '../../pipeline/cache-file.ts'
import { translateFileError } from '../../pipeline/file-error.ts'
import { decodeSpeech } from '../../pipeline/speech-decoder.ts'
import type { Session } from '../onnx-runtime.ts'
import { CURVE_NAMES, type MouthCurves, normaliseLogMel, shapeCurves } from './curves.ts'
import { createLogMelStream, SAMPLE_RATE } from './log-mel.ts'
import { runAudioNetwork } from './networks.ts'

/** What a speech asks of any presenter. */
export interface Speech {
  /** Exact length, measured in decoded samples. */
  seconds: number
  curves: MouthCurves
  /** The AAC track of the results, in the cache. */
  trackPath: string
}

export interface SpeechRequest {
  audioPath: string
  audioHash: string
  cacheDir: string
  signal: AbortSignal
  /** Fraction of the speech that is analysed. */
  onFraction: (fraction: number) => void
}

/** Raise when the network, the features or the shaping change: older cache files are then passed over. */
const VERSION = 2

/**
 * The curves and the AAC track of a speech, from the cache or by decoding the file once. A batch of N videos
 * therefore decodes and analyses its speech once.
 */
export async function loadSpeech(network: Session, request: SpeechRequest): Promise<Speech> {
  const base = join(request.cacheDir, 'speech', `${request.audioHash}-v${VERSION}`)
  const curvesPath = `${base}.curves`
  const trackPath = `${base}.mp4`
  const cached = await readCurves(curvesPath)
  if (cached && (await isFile(trackPath))) return { ...cached, trackPath }
  let made = cached
  await writeCacheFile(trackPath, async (temporary) => {
    made = await analyseSpeech(network, request, temporary)
  })
  const analysed = made as Omit<Speech, 'trackPath'>
  await writeCacheFile(curvesPath, (temporary) =>
    writeFile(temporary, encodeCurves(analysed)).catch(translateFileError),
  )
  return { ...analysed, trackPath }
}

async function analyseSpeech(network: Session, request: SpeechRequest, trackPath: string) {
  const { audioPath, signal, onFraction } = request
  const stream = createLogMelStream()
  let seconds = 0
  await decodeSpeech({
    ...{ audioPath, trackPath, signal, sampleRate: SAMPLE_RATE },
    onSamples(samples, declaredSeconds) {
      stream.push(samples)
      seconds += samples.length / SAMPLE_RATE
      onFraction(Math.min(1, seconds / Math.max(declaredSeconds, seconds, 0.01)))
    },
  })
  const { frames, frameCount, sampleCount } = stream.finish()
  const raw = await runAudioNetwork(network, normaliseLogMel(frames, frameCount), frameCount)
  return { seconds: sampleCount / SAMPLE_RATE, curves: shapeCurves(raw, frames, frameCount) }
}

const MAGIC = 0x47524355
const HEADER_BYTES = 24

/** Header (magic, version, frames, checksum, seconds), then the five curves as little-endian floats. */
function encodeCurves({ seconds, curves }: Omit<Speech, 'trackPath'>): Buffer {
  const count = curves.open.length
  const body = new Float32Array(CURVE_NAMES.length * count)
  for (const [index, name] of CURVE_NAMES.entries()) body.set(curves[name], index * count)
  const bytes = Buffer.from(body.buffer)
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(MAGIC, 0)
  header.writeUInt32LE(VERSION, 4)
  header.writeUInt32LE(count, 8)
  header.writeUInt32LE(crc32(bytes), 12)
  header.writeDoubleLE(seconds, 16)
  return Buffer.concat([header, bytes])
}

/** Null where there is no cached file or it is damaged: it is then made again. */
async function readCurves(path: string): Promise<Omit<Speech, 'trackPath'> | null> {
  const file = await readFile(path).catch(() => null)
  if (!file || file.length < HEADER_BYTES || file.readUInt32LE(0) !== MAGIC) return null
  const count = file.readUInt32LE(8)
  const bytes = file.subarray(HEADER_BYTES)
  if (bytes.length !== CURVE_NAMES.length * count * 4 || crc32(bytes) !== file.readUInt32LE(12)) return null
  const body = new Float32Array(CURVE_NAMES.length * count)
  Buffer.from(body.buffer).set(bytes)
  const row = (index: number) => body.subarray(index * count, (index + 1) * count)
  return {
    seconds: file.readDoubleLE(16),
    curves: { open: row(0), spread: row(1), round: row(2), closed: row(3), lipOnTeeth: row(4) },
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile() && info.size > 0,
    () => false,
  )
}
