import type { Readable } from 'node:stream'
import { fileUrl } from '#core/media/input'
import { rendering } from '#core/media/needs'
import { startFfmpeg } from '#worker/pipeline/child'
import { bestLag, correlation } from './statistics.ts'

const RATE = 16_000
/** Steps of the envelope that a shift is first looked for in, in seconds. */
const COARSE = 0.001
/** A shift is looked for this far, in seconds. */
const REACH = 1
/** Sound that is compared, in seconds. */
const WINDOW = 30

export interface SoundOffset {
  /** Milliseconds by which the result's sound comes later than the speech's. */
  milliseconds: number
  /** How alike both are once shifted, 1 for the same. */
  r: number
}

/** Loudness around each frame, in dB of full scale, at least -60: from 20 ms before it to 60 ms after. */
export async function loudnessCurve(
  path: string,
  frames: number,
  fps: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  const squares = new Float64Array(frames)
  const counts = new Int32Array(frames)
  let at = 0
  await decodeMono(path, { from: 0, seconds: frames / fps + 1 }, signal, (value) => {
    const seconds = at++ / RATE
    const first = Math.max(0, Math.ceil((seconds - 0.06) * fps))
    const last = Math.min(frames - 1, Math.floor((seconds + 0.02) * fps))
    for (let n = first; n <= last; n++) {
      squares[n] += value * value
      counts[n]++
    }
  })
  return Float32Array.from(squares, (sum, n) =>
    Math.max(-60, 10 * Math.log10(sum / Math.max(1, counts[n]) + 1e-9)),
  )
}

/**
 * How far the sound of a result is shifted against the speech, to the sample: first by the envelopes in steps of a
 * millisecond, then by the samples. Compares the first half minute, or the one that starts at `from` seconds.
 */
export async function soundOffset(
  resultPath: string,
  speechPath: string,
  from: number,
  signal: AbortSignal,
): Promise<SoundOffset> {
  const [result, speech] = await Promise.all(
    [resultPath, speechPath].map((path) => collect(path, from, signal)),
  )
  const steps = Math.round(bestLag(envelope(result), envelope(speech), REACH / COARSE).steps)
  const middle = steps * COARSE * RATE
  const reach = 2 * COARSE * RATE
  let best = { shift: middle, r: -1 }
  for (let shift = middle - reach; shift <= middle + reach; shift++) {
    const r = correlation(result.subarray(Math.max(0, shift)), speech.subarray(Math.max(0, -shift)))
    if (r > best.r) best = { shift, r }
  }
  return { milliseconds: (best.shift / RATE) * 1000, r: best.r }
}

function envelope(values: Float32Array): Float32Array {
  const step = COARSE * RATE
  return Float32Array.from({ length: Math.floor(values.length / step) }, (_, n) => {
    let sum = 0
    for (let k = n * step; k < (n + 1) * step; k++) sum += Math.abs(values[k])
    return sum
  })
}

async function collect(path: string, from: number, signal: AbortSignal): Promise<Float32Array> {
  const values = new Float32Array((WINDOW + 1) * RATE)
  let length = 0
  await decodeMono(path, { from, seconds: WINDOW }, signal, (value) => {
    if (length < values.length) values[length++] = value
  })
  return values.subarray(0, length)
}

/** Decodes a stretch of a file's sound, mono, sample by sample; what starts late in the container starts late. */
async function decodeMono(
  path: string,
  { from, seconds }: { from: number; seconds: number },
  signal: AbortSignal,
  take: (value: number) => void,
): Promise<void> {
  const stretch = `aresample=async=1:first_pts=0,atrim=start=${from}:end=${from + seconds}`
  const raw = ['-ac', '1', '-ar', String(RATE), '-f', 'f32le', 'pipe:1']
  const child = startFfmpeg(
    ['-i', fileUrl(path), '-map', '0:a:0', '-af', stretch, ...raw],
    ['ignore', 'pipe', 'pipe'],
    rendering([path]),
    signal,
  )
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of child.process.stdout as Readable) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : (chunk as Buffer)
      const whole = bytes.length & ~3
      for (let n = 0; n < whole; n += 4) take(bytes.readFloatLE(n))
      rest = bytes.subarray(whole)
    }
    const { exitCode, stderr } = await child.done
    if (exitCode !== 0) throw new Error(`The sound of ${path} can't be read: ${stderr}`)
  } finally {
    await child.stop()
  }
}
