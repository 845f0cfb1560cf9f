/**
 * True when `needed` MPEG audio frames of one layer and kind follow each other somewhere in these bytes,
 * so that an MP3 (layer 3) is known even when its start is missing or damaged.
 */
export function hasMpegAudioFrames(bytes: Uint8Array, needed: number, layer: 2 | 3 = 3): boolean {
  return hasRun(bytes, needed, (each, at) => mpegFrame(each, at, layer))
}

/** True when raw AAC (ADTS) frames of one kind follow each other somewhere in these bytes. */
export function hasAdtsFrames(bytes: Uint8Array): boolean {
  return hasRun(bytes, 4, adtsFrame)
}

type Frame = { length: number; kind: number }
type ReadFrame = (bytes: Uint8Array, at: number) => Frame | undefined

function hasRun(bytes: Uint8Array, needed: number, readFrame: ReadFrame): boolean {
  for (let start = 0; start + 8 <= bytes.length; start += 1) {
    if (bytes[start] === 0xff && runLength(bytes, start, needed, readFrame) >= needed) return true
  }
  return false
}

function runLength(bytes: Uint8Array, start: number, needed: number, readFrame: ReadFrame): number {
  let count = 0
  let at = start
  let kind: number | undefined
  while (count < needed && at + 8 <= bytes.length) {
    const frame = readFrame(bytes, at)
    if (!frame || (kind !== undefined && frame.kind !== kind)) break
    kind = frame.kind
    count += 1
    at += frame.length
  }
  return count
}

const BITRATES_V1_LAYER_2 = [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384]
const BITRATES_V1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const BITRATES_V2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const SAMPLE_RATES: Record<number, number[]> = {
  0: [11025, 12000, 8000],
  2: [22050, 24000, 16000],
  3: [44100, 48000, 32000],
}

/** One MPEG-1, -2 or -2.5 frame header of layer II or III; layer II has 1152 samples a frame in every version. */
function mpegFrame(bytes: Uint8Array, at: number, wanted: 2 | 3): Frame | undefined {
  const second = bytes[at + 1]
  const third = bytes[at + 2]
  if (bytes[at] !== 0xff || (second & 0xe0) !== 0xe0) return undefined
  const version = (second >> 3) & 3
  const layer = (second >> 1) & 3
  const first = wanted === 2 ? BITRATES_V1_LAYER_2 : BITRATES_V1
  const bitrate = (version === 3 ? first : BITRATES_V2)[third >> 4]
  const sampleRate = SAMPLE_RATES[version]?.[(third >> 2) & 3]
  if (layer !== 4 - wanted || !bitrate || !sampleRate) return undefined
  const length =
    Math.floor(((version === 3 || wanted === 2 ? 144 : 72) * bitrate * 1000) / sampleRate) +
    ((third >> 1) & 1)
  return { length, kind: (version << 2) | ((third >> 2) & 3) }
}

function adtsFrame(bytes: Uint8Array, at: number): Frame | undefined {
  if (bytes[at] !== 0xff || (bytes[at + 1] & 0xf6) !== 0xf0) return undefined
  const length = ((bytes[at + 3] & 3) << 11) | (bytes[at + 4] << 3) | (bytes[at + 5] >> 5)
  const sampleRateIndex = (bytes[at + 2] >> 2) & 15
  if (length < 8 || sampleRateIndex > 12) return undefined
  return { length, kind: bytes[at + 2] & 0xfc }
}
