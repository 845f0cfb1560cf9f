import { ffmpegPath } from '#core/media/binaries'
import { inputArgs } from '#core/media/input'
import { inspecting } from '#core/media/needs'
import type { MediaProbe } from '#core/media/probe'
import { runMedia } from '#core/media/process'
import { Int16Reader } from '#core/media/tracks'

const SAMPLE_RATE = 16_000
/** Samples of a frame of 20 ms. */
const FRAME = 320
/** Both sides together must be so much weaker than their difference, and the sides about as strong as each other. */
const INVERTED = { sum: 0.1, balance: 0.1 }

/** How a track of sound is, over its whole length. Levels in dB below full scale. */
export interface SoundMeasures {
  seconds: number
  /** Level of the loud frames: that which a twentieth of all exceeds. */
  loudDb: number
  /** Share of samples at the end of the scale. */
  clipped: number
  /** One side is the other one upside down: together they are silent. */
  inverted: boolean
  /** Share of frames that are much quieter than their second: pauses and consonants of a voice, rare in music. */
  pauses: number
}

/**
 * Measures a file's sound in one pass, at 16 kHz, both sides. Null where nothing can be decoded. Rejects with the
 * signal's reason, or ProcessError after `timeoutMs` (default 5 min).
 */
export async function measureSound(
  path: string,
  { audio, demuxer }: Pick<MediaProbe, 'audio' | 'demuxer'>,
  options: { signal?: AbortSignal; timeoutMs?: number; seconds?: number } = {},
): Promise<SoundMeasures | null> {
  if (!audio) return null
  const { signal, timeoutMs = 300_000, seconds } = options
  const meter = new SoundMeter()
  const limit = seconds === undefined ? [] : ['-t', String(seconds)]
  const input = ['-nostdin', '-v', 'error', '-threads', '1', ...inputArgs(demuxer, path)]
  const output = ['-map', `0:${audio.index}`, ...limit, '-ac', '2', '-ar', String(SAMPLE_RATE)]
  await runMedia(ffmpegPath(), [...input, ...output, '-f', 's16le', 'pipe:1'], inspecting(path), {
    ...{ signal, timeoutMs },
    onStdout: (chunk) => meter.add(chunk),
  })
  return meter.measures()
}

/** Longer than any inversion would stay unheard. */
const INVERSION_SECONDS = 120

/** Filters that mend what would silence a track once its sides are brought together; none for nearly all. */
export async function mendingFilters(
  path: string,
  probe: Pick<MediaProbe, 'audio' | 'demuxer'>,
  signal?: AbortSignal,
): Promise<string[]> {
  if (probe.audio?.channels !== 2) return []
  const measures = await measureSound(path, probe, { signal, seconds: INVERSION_SECONDS })
  return measures?.inverted ? [TURN_SIDE] : []
}

/** Turns the right side the right way up. */
export const TURN_SIDE = 'pan=stereo|c0=c0|c1=-1*c1'

/** Takes pairs of samples as they come; memory grows by a number every 20 ms. */
class SoundMeter {
  private readonly reader = new Int16Reader()
  private readonly levels: number[] = []
  private left: number | null = null
  private energy = { left: 0, right: 0, sum: 0, difference: 0 }
  private frame = { energy: 0, count: 0 }
  private samples = 0
  private atEnd = 0

  add(chunk: Buffer): void {
    this.reader.read(chunk, (value) => {
      if (this.left === null) {
        this.left = value
        return
      }
      this.pair(this.left / 32768, value / 32768)
      this.left = null
    })
  }

  measures(): SoundMeasures | null {
    if (this.samples === 0) return null
    const { left, right, sum, difference } = this.energy
    const balanced = Math.min(left, right) > INVERTED.balance * Math.max(left, right)
    return {
      seconds: this.samples / SAMPLE_RATE,
      loudDb: 10 * Math.log10(Math.max(1e-12, percentile95(this.levels))),
      clipped: this.atEnd / this.samples,
      inverted: difference > 0 && balanced && sum < INVERTED.sum * difference,
      pauses: shareOfPauses(this.levels),
    }
  }

  private pair(left: number, right: number): void {
    const { energy, frame } = this
    energy.left += left * left
    energy.right += right * right
    energy.sum += (left + right) ** 2
    energy.difference += (left - right) ** 2
    this.samples++
    if (Math.max(Math.abs(left), Math.abs(right)) > 0.99) this.atEnd++
    frame.energy += (left * left + right * right) / 2
    if (++frame.count < FRAME) return
    this.levels.push(frame.energy / FRAME)
    frame.energy = 0
    frame.count = 0
  }
}

function percentile95(levels: number[]): number {
  const sorted = Float64Array.from(levels).sort()
  return sorted[Math.floor(0.95 * (sorted.length - 1))] ?? 0
}

/** Frames of a second. */
const SECOND = 50

/**
 * Share of frames whose amplitude is below half of their second's mean: the "percentage of low-energy frames" of
 * Scheirer and Slaney, Construction and evaluation of a robust multifeature speech/music discriminator, 1997. Seconds
 * without sound don't count.
 */
function shareOfPauses(levels: number[]): number {
  let [low, all] = [0, 0]
  for (let start = 0; start + SECOND <= levels.length; start += SECOND) {
    const amplitudes = levels.slice(start, start + SECOND).map(Math.sqrt)
    const mean = amplitudes.reduce((sum, value) => sum + value, 0) / SECOND
    if (mean < 1e-3) continue
    low += amplitudes.filter((value) => value < mean / 2).length
    all += SECOND
  }
  return all === 0 ? 1 : low / all
}
