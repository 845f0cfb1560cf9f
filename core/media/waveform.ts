import { ffmpegPath } from '#core/media/binaries'
import { inputArgs } from '#core/media/input'
import { inspecting } from '#core/media/needs'
import type { MediaProbe } from '#core/media/probe'
import { runMedia } from '#core/media/process'
import { mendingFilters } from '#core/media/sound'
import { Int16Reader } from '#core/media/tracks'

const SAMPLE_RATE = 8000
const FIRST_BLOCK = 160
const MAX_BLOCKS = 16_384

/**
 * The loudest sample (0..1) in each of `count` equal parts of an audio file, for drawing its waveform.
 * Decodes as a stream; memory doesn't grow with the length. Returns null when nothing could be decoded.
 * Rejects with the signal's reason, or ProcessError after `timeoutMs` (default 5 min).
 */
export async function measureWaveform(
  path: string,
  probe: MediaProbe,
  options: { count?: number; signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<number[] | null> {
  if (!probe.audio) return null
  const { count = 240, signal, timeoutMs = 300_000 } = options
  const blocks = new PeakBlocks()
  const mending = await mendingFilters(path, probe, signal)
  const output = [
    ...(mending.length > 0 ? ['-af', mending.join(',')] : []),
    '-map',
    `0:${probe.audio.index}`,
    '-ac',
    '1',
    '-ar',
    String(SAMPLE_RATE),
    '-f',
    's16le',
    'pipe:1',
  ]
  const args = ['-nostdin', '-v', 'error', '-threads', '1', ...inputArgs(probe.demuxer, path), ...output]
  await runMedia(ffmpegPath(), args, inspecting(path), {
    signal,
    timeoutMs,
    onStdout: (chunk) => blocks.add(chunk),
  })
  return blocks.peaks(count)
}

/** Peaks of blocks of samples; when there are too many blocks, neighbours are merged and blocks grow twofold. */
export class PeakBlocks {
  private blocks: number[] = []
  private blockSize = FIRST_BLOCK
  private filled = 0
  private loudest = 0
  private readonly samples = new Int16Reader()

  /** Takes little-endian 16-bit samples, cut anywhere. */
  add(chunk: Buffer): void {
    this.samples.read(chunk, (value) => this.sample(value / 32768))
  }

  /** The loudest value of each of `count` equal parts; null without any sample. */
  peaks(count: number): number[] | null {
    const all = this.filled > 0 ? [...this.blocks, this.loudest] : this.blocks
    if (all.length === 0) return null
    return Array.from({ length: count }, (_, part) => {
      const from = Math.floor((part * all.length) / count)
      const to = Math.max(from + 1, Math.floor(((part + 1) * all.length) / count))
      return Math.max(...all.slice(from, to))
    })
  }

  private sample(value: number): void {
    this.loudest = Math.max(this.loudest, Math.abs(value))
    this.filled += 1
    if (this.filled < this.blockSize) return
    this.blocks.push(this.loudest)
    this.loudest = 0
    this.filled = 0
    if (this.blocks.length >= MAX_BLOCKS) this.merge()
  }

  private merge(): void {
    const merged: number[] = []
    for (let at = 0; at < this.blocks.length; at += 2)
      merged.push(Math.max(this.blocks[at], this.blocks[at + 1]))
    this.blocks = merged
    this.blockSize *= 2
  }
}
