import type { Seed } from './seeds.ts'

type Random = (limit: number) => number
type Mutation = (bytes: Buffer, random: Random, seeds: readonly Seed[]) => Buffer

/** Numbers that sizes and counts in a file may claim. */
const CLAIMS = [
  0, 1, 7, 8, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
]
const claim = (random: Random): number => CLAIMS[random(CLAIMS.length)]
/** What size fields stand before or behind: boxes of MP4, chunks of RIFF, and names of Matroska's elements. */
const MARKS = [
  ...[
    'moov',
    'trak',
    'mdia',
    'minf',
    'stbl',
    'stsd',
    'stsz',
    'stco',
    'stsc',
    'stts',
    'ctts',
    'mdhd',
    'tkhd',
    'elst',
  ],
  ...[
    'dref',
    'avcC',
    'hvcC',
    'esds',
    'mvhd',
    'RIFF',
    'LIST',
    'hdrl',
    'strh',
    'strf',
    'movi',
    'idx1',
    'fmt ',
    'data',
  ],
  ...['fLaC', 'OggS', 'APIC', 'TIT2', 'IHDR', 'Xing', 'Info'],
].map((mark) => Buffer.from(mark, 'latin1'))

const MUTATIONS: Record<string, Mutation> = {
  bits(bytes, random) {
    const flips = 1 + random(random(4) === 0 ? 200 : 8)
    for (let n = 0; n < flips; n++) bytes[random(bytes.length)] ^= 1 << random(8)
    return bytes
  },
  header(bytes, random) {
    const flips = 1 + random(6)
    for (let n = 0; n < flips; n++) bytes[random(Math.min(512, bytes.length))] = random(256)
    return bytes
  },
  truncate: (bytes, random) => bytes.subarray(0, 1 + random(bytes.length - 1)),
  duplicate(bytes, random) {
    const [from, to] = stretch(bytes, random)
    const piece = bytes.subarray(from, to)
    const copies = Array.from({ length: 1 + random(20) }, () => piece)
    return Buffer.concat([bytes.subarray(0, to), ...copies, bytes.subarray(to)])
  },
  remove(bytes, random) {
    const [from, to] = stretch(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  blank(bytes, random) {
    const [from, to] = stretch(bytes, random)
    return bytes.fill(random(2) * 255, from, to)
  },
  sizes(bytes, random) {
    const places = MARKS.map((mark) => bytes.indexOf(mark)).filter((at) => at >= 4 && at + 8 <= bytes.length)
    const at = places.length > 0 ? places[random(places.length)] : random(Math.max(1, bytes.length - 8)) + 4
    const place = Math.min(bytes.length - 4, Math.max(0, at + [-4, 4, 8, 12, 16, 20][random(6)]))
    if (random(2) === 0) bytes.writeUInt32BE(claim(random), place)
    else bytes.writeUInt32LE(claim(random), place)
    return bytes
  },
  swapHeader(bytes, random, seeds) {
    const other = seeds[random(seeds.length)].bytes
    const length = Math.min(bytes.length, other.length, 4 << random(9))
    return Buffer.concat([other.subarray(0, length), bytes.subarray(length)])
  },
  splice(bytes, random, seeds) {
    const other = seeds[random(seeds.length)].bytes
    return Buffer.concat([bytes.subarray(0, 1 + random(bytes.length)), other.subarray(random(other.length))])
  },
}

/** One to three mutations of a copy of a seed, and their names. */
export function mutate(seed: Seed, random: Random, seeds: readonly Seed[]): { bytes: Buffer; how: string[] } {
  const names = Object.keys(MUTATIONS)
  const how = Array.from({ length: 1 + random(3) }, () => names[random(names.length)])
  let bytes: Buffer = Buffer.from(seed.bytes)
  for (const name of how) if (bytes.length > 16) bytes = MUTATIONS[name](Buffer.from(bytes), random, seeds)
  return { bytes, how }
}

function stretch(bytes: Buffer, random: Random): [from: number, to: number] {
  const from = random(bytes.length)
  return [from, Math.min(bytes.length, from + 1 + random(Math.min(4096, bytes.length)))]
}
