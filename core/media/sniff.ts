import { open, stat } from 'node:fs/promises'
import { fileTypeFromBuffer } from 'file-type'
import { hasAdtsFrames, hasMpegAudioFrames } from '#core/media/audio-frames'

/** What a file is called by people; also the extension that a stored copy gets. */
export type Container =
  | 'mp4'
  | 'mov'
  | 'm4a'
  | 'mkv'
  | 'webm'
  | 'avi'
  | 'flv'
  | 'mp3'
  | 'wav'
  | 'aac'
  | 'flac'
  | 'ogg'

/** ffmpeg's name of the one demuxer that may open the file. */
export type Demuxer = 'mov' | 'matroska' | 'avi' | 'flv' | 'mp3' | 'wav' | 'aac' | 'flac' | 'ogg'

export type Sniffed =
  | { kind: 'media'; container: Container; demuxer: Demuxer }
  | { kind: 'empty' }
  /** `found`: 'text', 'playlist', 'folder' (anything but a regular file), 'unknown', or a type like 'png'. */
  | { kind: 'refused'; found: string }

const HEAD_BYTES = 64 * 1024

const demuxers: Record<Container, Demuxer> = {
  mp4: 'mov',
  mov: 'mov',
  m4a: 'mov',
  mkv: 'matroska',
  webm: 'matroska',
  avi: 'avi',
  flv: 'flv',
  mp3: 'mp3',
  wav: 'wav',
  aac: 'aac',
  flac: 'flac',
  ogg: 'ogg',
}

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

  const container = fromSignature(head) ?? (await fromMovie(head)) ?? fromAudioFrames(head, tagBytes > 0)
  if (container) return { kind: 'media', container, demuxer: demuxers[container] }
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

function fromSignature(head: Buffer): Container | undefined {
  const first = ascii(head, 0, 4)
  if (first === 'fLaC') return 'flac'
  if (first === 'OggS') return 'ogg'
  if (first.startsWith('FLV') && head[3] === 1) return 'flv'
  if (first === 'RIFF' && ascii(head, 8, 12) === 'AVI ') return 'avi'
  if (['RIFF', 'RF64'].includes(first) && ascii(head, 8, 12) === 'WAVE') return 'wav'
  if (head.length > 4 && head.readUInt32BE(0) === 0x1a45dfa3) return fromEbml(head)
  return undefined
}

/** WebM and Matroska share a header and differ in its DocType, which stands within the first bytes. */
function fromEbml(head: Buffer): Container | undefined {
  const header = head.subarray(0, 64).toString('latin1')
  if (header.includes('webm')) return 'webm'
  return header.includes('matroska') ? 'mkv' : undefined
}

/** MP4 and its kin by the brand in `ftyp`; still pictures (HEIC, AVIF) share the box and are left out. */
async function fromMovie(head: Buffer): Promise<Container | undefined> {
  const box = ascii(head, 4, 8)
  // QuickTime files from before 2001 have no `ftyp`.
  if (['moov', 'mdat', 'wide', 'skip', 'pnot'].includes(box)) return 'mov'
  if (box !== 'ftyp') return undefined
  const type = await fileTypeFromBuffer(head)
  if (type?.mime.startsWith('image/')) return undefined
  const brand = ascii(head, 8, 12)
  if (brand === 'qt  ') return 'mov'
  return ['M4A ', 'M4B ', 'F4A ', 'F4B '].includes(brand) ? 'm4a' : 'mp4'
}

/** Raw AAC and MP3 have no signature: several frame headers must follow each other at the right distances. */
function fromAudioFrames(head: Buffer, tagged: boolean): Container | undefined {
  if (isText(head)) return undefined
  if (hasAdtsFrames(head)) return 'aac'
  return hasMpegAudioFrames(head, tagged ? 1 : 3) ? 'mp3' : undefined
}

async function nameOf(head: Buffer): Promise<string> {
  if (isPlaylist(head)) return 'playlist'
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
