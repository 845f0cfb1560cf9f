import { open, stat } from 'node:fs/promises'
import { fileTypeFromBuffer } from 'file-type'
import { hasAdtsFrames, hasMpegAudioFrames } from '#core/media/audio-frames'

/** ffmpeg's name of the one demuxer that opens each kind of file, whose key also ends the name of a stored copy. */
export const demuxerOf = {
  ...{ mp4: 'mov', mov: 'mov', m4a: 'mov', '3gp': 'mov', heic: 'mov', avif: 'mov' },
  ...{ mkv: 'matroska', webm: 'matroska', avi: 'avi', flv: 'flv', wmv: 'asf', mxf: 'mxf' },
  ...{ ts: 'mpegts', mpg: 'mpeg', gif: 'gif', jpg: 'jpeg_pipe', png: 'png_pipe', webp: 'webp_pipe' },
  ...{ mp3: 'mp3', mp2: 'mp3', wav: 'wav', w64: 'w64', aac: 'aac', flac: 'flac', ogg: 'ogg' },
  ...{ aiff: 'aiff', caf: 'caf', au: 'au', amr: 'amr', ac3: 'ac3', eac3: 'eac3' },
} as const

/** What a file is called by people; also the extension that a stored copy gets. */
export type Container = keyof typeof demuxerOf

/** ffmpeg's name of the one demuxer that may open the file. */
export type Demuxer = (typeof demuxerOf)[Container]

/** Files of one picture, which never have sound. */
export const PHOTOS: readonly Container[] = ['jpg', 'png', 'webp', 'heic', 'avif']

export type Sniffed =
  | { kind: 'media'; container: Container; demuxer: Demuxer }
  | { kind: 'empty' }
  /** `found`: 'text', 'playlist', 'folder' (anything but a regular file), 'unknown', or a type like 'png'. */
  | { kind: 'refused'; found: string }

const HEAD_BYTES = 64 * 1024

/**
 * Tells what a file is from its first 64 KiB (behind a leading ID3 tag, however long), never from its name.
 * Opens nothing but this file, and only if it is a regular one: a pipe would never end.
 */
export async function sniffMedia(path: string): Promise<Sniffed> {
  const stats = await stat(path)
  if (!stats.isFile()) return { kind: 'refused', found: 'folder' }
  if (stats.size === 0) return { kind: 'empty' }

  const start = await readHead(path, 0)
  const tagBytes = id3Length(start)
  const head = tagBytes > 0 ? await readHead(path, tagBytes) : start

  const container =
    fromSignature(head) ?? fromPackets(head) ?? (await fromMovie(head)) ?? fromAudioFrames(head, tagBytes > 0)
  if (container) return { kind: 'media', container, demuxer: demuxerOf[container] }
  return { kind: 'refused', found: await nameOf(head) }
}

async function readHead(path: string, position: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Bytes of an ID3v2 tag in front, its ten-byte header included; 0 when there is none. */
function id3Length(head: Buffer): number {
  if (head.length < 10 || ascii(head, 0, 3) !== 'ID3') return 0
  const [a, b, c, d] = head.subarray(6, 10)
  return 10 + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127)
}

/** What a file begins with, as text of one byte a character. */
const SIGNATURES: [Container, ...string[]][] = [
  ['flac', 'fLaC'],
  ['ogg', 'OggS'],
  ['flv', 'FLV\x01'],
  ['wmv', '\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c'],
  ['w64', 'riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00'],
  ['caf', 'caff\x00\x01'],
  ['au', '.snd'],
  ['amr', '#!AMR\n', '#!AMR-WB\n'],
  ['mpg', '\x00\x00\x01\xba'],
  ['gif', 'GIF87a', 'GIF89a'],
  ['jpg', '\xff\xd8\xff'],
  ['png', '\x89PNG\r\n\x1a\n'],
]

function fromSignature(head: Buffer): Container | undefined {
  const start = ascii(head, 0, 16)
  const known = SIGNATURES.find(([, ...signs]) => signs.some((sign) => start.startsWith(sign)))
  if (known) return known[0]
  const [first, form] = [start.slice(0, 4), start.slice(8, 12)]
  if (first === 'RIFF' && form === 'AVI ') return 'avi'
  if (first === 'RIFF' && form === 'WEBP') return isAnimatedWebp(head) ? undefined : 'webp'
  if (['RIFF', 'RF64'].includes(first) && form === 'WAVE') return 'wav'
  if (first === 'FORM' && (form === 'AIFF' || form === 'AIFC')) return 'aiff'
  if (head.length > 4 && head.readUInt32BE(0) === 0x1a45dfa3) return fromEbml(head)
  return isMxf(head) ? 'mxf' : undefined
}

/** Moving pictures in WebP are something that ffmpeg can't read (extended header, flag of animation). */
const isAnimatedWebp = (head: Buffer): boolean => ascii(head, 12, 16) === 'VP8X' && (head[20] & 2) !== 0

/** An MXF file may begin with up to 64 KiB of something else (SMPTE ST 377-1, run-in). */
function isMxf(head: Buffer): boolean {
  return head.includes(Buffer.from('060e2b34020501010d01020101', 'hex'))
}

/** Transport streams come in packets of 188 bytes, those of cameras with four bytes of time in front of each. */
function fromPackets(head: Buffer): Container | undefined {
  const isStream = (size: number, sync: number) =>
    head.length >= sync + 4 * size + 1 && [0, 1, 2, 3, 4].every((n) => head[sync + n * size] === 0x47)
  if (isStream(188, 0) || isStream(192, 4)) return 'ts'
  // AC-3 and its successor differ in their number of the syntax (ATSC A/52, bsid).
  if (head.length < 6 || head.readUInt16BE(0) !== 0x0b77) return undefined
  return head[5] >> 3 > 10 ? 'eac3' : 'ac3'
}

/** WebM and Matroska share a header and differ in its DocType, which stands within the first bytes. */
function fromEbml(head: Buffer): Container | undefined {
  const header = head.subarray(0, 64).toString('latin1')
  if (header.includes('webm')) return 'webm'
  return header.includes('matroska') ? 'mkv' : undefined
}

/** MP4 and its kin by the brand in `ftyp`; still pictures (HEIC, AVIF) share the box. */
async function fromMovie(head: Buffer): Promise<Container | undefined> {
  const box = ascii(head, 4, 8)
  // QuickTime files from before 2001 have no `ftyp`.
  if (['moov', 'mdat', 'wide', 'skip', 'pnot'].includes(box)) return 'mov'
  if (box !== 'ftyp') return undefined
  const type = await fileTypeFromBuffer(head)
  if (type?.ext === 'heic' || type?.ext === 'avif') return type.ext
  if (type?.mime.startsWith('image/')) return undefined
  const brand = ascii(head, 8, 12)
  if (brand === 'qt  ') return 'mov'
  if (/^3g[2ps]/.test(brand)) return '3gp'
  return ['M4A ', 'M4B ', 'F4A ', 'F4B '].includes(brand) ? 'm4a' : 'mp4'
}

/** Raw AAC and MP3 have no signature: several frame headers must follow each other at the right distances. */
function fromAudioFrames(head: Buffer, tagged: boolean): Container | undefined {
  if (isText(head)) return undefined
  if (hasAdtsFrames(head)) return 'aac'
  if (hasMpegAudioFrames(head, 4, 2)) return 'mp2'
  return hasMpegAudioFrames(head, tagged ? 1 : 3) ? 'mp3' : undefined
}

async function nameOf(head: Buffer): Promise<string> {
  if (isPlaylist(head)) return 'playlist'
  if (isAnimatedWebp(head)) return 'animated webp'
  // An MPEG sync word alone proves nothing, so a guess that the frame search didn't confirm is left out.
  const type = await fileTypeFromBuffer(head).catch(() => undefined)
  if (type && !['mp3', 'mp2', 'mp1', 'aac'].includes(type.ext)) return type.ext
  return isText(head) ? 'text' : 'unknown'
}

function isPlaylist(head: Buffer): boolean {
  const start = head
    .subarray(0, 1024)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
  return (
    /^(#EXTM3U|ffconcat|\[playlist\]|<MPD|v=0\r?\n|<asx|<smil)/i.test(start) ||
    /^<\?xml[\s\S]{0,400}<(MPD|asx|smil|playlist)/i.test(start)
  )
}

function isText(head: Buffer): boolean {
  if (head.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27))) return false
  const text = new TextDecoder('utf-8').decode(head, { stream: true })
  return !text.includes('\ufffd')
}

function ascii(bytes: Buffer, start: number, end: number): string {
  return bytes.subarray(start, end).toString('latin1')
}
