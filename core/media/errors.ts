/** Parameters of each refusal, for pages that translate by code. `found`, `accepted` and names are short ids. */
export type MediaErrorParams = {
  empty_file: Record<never, never>
  not_media: { found: string; accepted: string }
  wrong_kind: { kind: string; found: string; accepted: string }
  unreadable: { container: string; detail: string }
  too_large: { bytes: number; maxBytes: number }
  too_long: { seconds: number; maxSeconds: number }
  too_short: { seconds: number; minSeconds: number }
  too_many_pixels: { width: number; height: number; maxPixels: number }
  cover_too_large: { width: number; height: number; maxPixels: number }
  side_too_long: { width: number; height: number; maxSide: number }
  too_small: { width: number; height: number; minSide: number }
  too_few_pictures: { fps: number; minFps: number }
  too_many_streams: { maxStreams: number }
  no_audio_stream: { found: string }
  no_video_stream: { found: string }
  unsupported_codec: { codec: string; accepted: string }
  mirrored: Record<never, never>
}

export type MediaErrorCode = keyof MediaErrorParams

/** A media file that is refused: `code` and `params` for translation, `message` in plain English. */
export class MediaError extends Error {
  readonly code: MediaErrorCode
  readonly params: Readonly<Record<string, string | number>>

  constructor(code: MediaErrorCode, message: string, params: Record<string, string | number>) {
    super(message)
    this.name = 'MediaError'
    this.code = code
    this.params = params
  }
}

/** Builds the refusal for a code; the message says what was found and what would be accepted. */
export function mediaError<C extends MediaErrorCode>(code: C, params: MediaErrorParams[C]): MediaError {
  const message = (messages[code] as (params: MediaErrorParams[C]) => string)(params)
  return new MediaError(code, message, params)
}

const messages: { [C in MediaErrorCode]: (params: MediaErrorParams[C]) => string } = {
  empty_file: () => 'The file is empty.',
  not_media: (p) => `This is ${describeFound(p.found)}.${howToConvert(p.found)} Accepted: ${p.accepted}.`,
  wrong_kind: (p) =>
    `This is ${describeFound(p.found)}, but a ${kindNames[p.kind] ?? p.kind} is needed. Accepted: ${p.accepted}.`,
  unreadable: (p) =>
    `The file looks like ${p.container} but can't be read; it may be incomplete or damaged (${p.detail}).`,
  too_large: (p) => `The file has ${megabytes(p.bytes)}; at most ${megabytes(p.maxBytes)} are accepted.`,
  too_long: (p) => `The file lasts ${duration(p.seconds)}; at most ${duration(p.maxSeconds)} are accepted.`,
  too_short: (p) => `The file lasts ${duration(p.seconds)}; at least ${duration(p.minSeconds)} are needed.`,
  too_many_pixels: (p) =>
    `The picture has ${p.width}x${p.height} pixels (${p.width * p.height}); at most ${p.maxPixels} are accepted.`,
  cover_too_large: (p) =>
    `A picture in the file has ${p.width}x${p.height} pixels (${p.width * p.height}); at most ${p.maxPixels} are accepted.`,
  side_too_long: (p) =>
    `The picture has ${p.width}x${p.height} pixels; at most ${p.maxSide} in a row or a column are accepted.`,
  too_small: (p) =>
    `The picture has ${p.width}x${p.height} pixels; at least ${p.minSide} a side are needed. Export it larger, or take the original.`,
  too_few_pictures: (p) =>
    `The video has ${p.fps} frames a second; at least ${p.minFps} is needed. Export one frame of it as a photo, or the video at 25 frames a second.`,
  too_many_streams: (p) =>
    `The file holds more than ${p.maxStreams} streams of picture, sound and text. Export it with those that matter.`,
  no_audio_stream: (p) => `The file (${p.found}) has no audio in it.`,
  no_video_stream: (p) => `The file (${p.found}) has no video in it.`,
  unsupported_codec: (p) =>
    `The codec ${p.codec} is not supported. Export the file as MP4 (H.264 and AAC). Accepted: ${p.accepted}.`,
  mirrored: () =>
    'The picture is stored mirrored, which the ffmpeg of this server is too old to undo. Export the video again, or install ffmpeg 5 or newer.',
}

const kindNames: Record<string, string> = { speech: 'speech (a sound file)', presenter: 'presenter video' }

const foundNames: Record<string, string> = {
  text: 'a text file',
  playlist: 'a playlist, which only points at other media',
  unknown: 'a file of an unknown type',
  folder: 'a folder or a device',
  video: 'a video',
  audio: 'a sound file without a picture',
  heic: 'a photo of type heic, which the ffmpeg of this server can not read',
  avif: 'a photo of type avif, which the ffmpeg of this server can not read',
}

function describeFound(found: string): string {
  return foundNames[found] ?? `a file of type ${found}`
}

/** What to do about a kind of file that people often have and that can't be taken. */
function howToConvert(found: string): string {
  const way = CONVERSIONS.find(([kinds]) => kinds.includes(found))?.[1]
  return way ? ` ${way}` : ''
}

const CONVERSIONS: [readonly string[], string][] = [
  [
    ['heic', 'avif', 'tif', 'psd', 'bmp', 'svg', 'jxl', 'cr2', 'cr3', 'dng', 'nef', 'arw'],
    'Export it as JPEG.',
  ],
  [['animated webp', 'apng'], 'Export it as MP4 or GIF.'],
  [['pdf', 'pptx', 'key', 'odp'], 'Export a page of it as JPEG, or its video as MP4.'],
  [['zip', 'rar', '7z', 'gz', 'tar'], 'Unpack it and upload what is in it.'],
  [['mid', 'ape', 'wv', 'dsf', 'mpc', 'ra'], 'Export it as MP3 or WAV.'],
  [['rm', 'rmvb', 'r3d', 'braw', 'ivf'], 'Export it as MP4 (H.264).'],
]

function megabytes(bytes: number): string {
  const mib = bytes / 2 ** 20
  return mib >= 1024 ? `${round(mib / 1024)} GiB` : `${round(mib)} MiB`
}

function duration(seconds: number): string {
  if (seconds < 60) return `${round(seconds)} s`
  if (seconds < 3600) return `${round(seconds / 60)} min`
  return `${round(seconds / 3600)} h`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
