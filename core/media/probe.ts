import { ffmpegPath, ffprobePath, mediaToolchain } from '#core/media/binaries'
import { AUDIO_CODECS, isKnownSound, VIDEO_CODECS } from '#core/media/codecs'
import { mediaError } from '#core/media/errors'
import {
  fileUrl,
  inputArgs,
  MAX_STREAMS,
  maxDecodedPixels,
  NAME_SUBTITLES,
  pictureRefused,
} from '#core/media/input'
import { inspecting } from '#core/media/needs'
import { type ProbeOutput, type ProbeStream, probeOutput } from '#core/media/probe-output'
import { runMedia } from '#core/media/process'
import { type Container, type Demuxer, demuxerOf, PHOTOS, sniffMedia } from '#core/media/sniff'
import { loudestTrack } from '#core/media/tracks'

export type MediaProbe = {
  container: Container
  demuxer: Demuxer
  /** ffprobe's own name of the format, for logs. */
  formatName: string
  durationSeconds: number
  audio: AudioStream | null
  video: VideoStream | null
}

export type AudioStream = {
  /** Stream index in the file, for `-map 0:<index>`. */
  index: number
  codec: string
  sampleRate: number
  channels: number
  durationSeconds: number
}

export type VideoStream = {
  index: number
  codec: string
  /** As shown, after rotation, in pixels of the decoded picture. */
  width: number
  height: number
  /** As stored, before rotation. */
  codedWidth: number
  codedHeight: number
  /** Degrees clockwise that turn the stored picture upright; of a mirrored one, as ffprobe tells it. */
  rotation: 0 | 90 | 180 | 270
  /** Whether the stored picture is shown mirrored. ffmpeg does that together with the rotation. */
  mirrored: boolean
  /** Average frame rate; 0/1 when unknown. */
  fpsNum: number
  fpsDen: number
  /** The rate whose grid all times of the frames lie on, as ffprobe guesses it: above the average where frames were dropped. */
  nominalFps: number
  /** Number of frames where the container knows it. */
  frames: number | null
  /** One picture, which a render holds or moves: as a clip of a second it has a length and a rate. */
  still: boolean
  /** Whether parts of the picture can be seen through. */
  alpha: boolean
  /** When the first frame is shown, in seconds after the file's beginning. */
  startSeconds: number
  durationSeconds: number
  pixelFormat: string
  /** Whether the frames are marked as two fields each. */
  interlaced: boolean
  colorSpace: string | null
  colorRange: string | null
  colorPrimaries: string | null
  colorTransfer: string | null
  /** Shape of one pixel; '1:1' unless the picture is anamorphic. */
  sampleAspectRatio: string
}

export type ProbeOptions = { signal?: AbortSignal; timeoutMs?: number }

const ACCEPTED =
  'mp4, mov, mkv, webm, avi, flv, wmv, mts, mpg, mxf, gif, jpg, png, mp3, wav, m4a, aac, flac, ogg'

/** A still counts as a clip of so many seconds at so many pictures a second. */
export const STILL = { seconds: 1, fps: 25 }

/**
 * Reads what a media file holds: its type from its first bytes, then ffprobe with that one demuxer. Of several tracks
 * of sound, the loudest that can be decoded counts. Covers don't count as video, and where there is sound, neither does
 * any other stream of a single picture. Durations are in seconds.
 * Throws MediaError 'empty_file', 'not_media', 'unreadable', 'too_many_streams', 'too_many_pixels' for a picture that
 * nothing here may decode, a cover too, 'unsupported_codec', or 'mirrored' where ffmpeg is too old to show such a
 * picture as it is meant; ProcessError on timeout (default 30 s).
 */
export async function probeMedia(path: string, options: ProbeOptions = {}): Promise<MediaProbe> {
  const sniffed = await sniffMedia(path)
  if (sniffed.kind === 'empty') throw mediaError('empty_file', {})
  if (sniffed.kind === 'refused') throw mediaError('not_media', { found: sniffed.found, accepted: ACCEPTED })
  const { container, demuxer } = sniffed

  const output = await runProbe(path, container, demuxer, options)
  const sounds = output.streams.filter((stream) => stream.codec_type === 'audio')
  const audio = await chooseTrack(path, demuxer, sounds, options)
  const picture = output.streams.find(isVideo)
  const still = picture ? await isStill(path, container, picture, options) : false
  const video = still && audio ? undefined : picture
  if (video && isMirrored(video) && (await mediaToolchain()).ffmpeg.outdated) throw mediaError('mirrored', {})
  const main = video ?? audio
  const declared = output.format.duration ?? longest(output.streams)
  // Containers of bare frames and recordings of browsers declare no length, or only a guess at one.
  const guessed = GUESSING.includes(demuxer) || (demuxer === 'mpegts' && !video) || declared === undefined
  const measured =
    guessed && main && !still ? await measureDuration(path, demuxer, main.index, options) : undefined
  const durationSeconds = video && still ? STILL.seconds : (measured ?? declared ?? 0)
  const fileStart = Math.min(...output.streams.map((stream) => stream.start_time ?? 0))

  return {
    container,
    demuxer,
    formatName: output.format.format_name,
    durationSeconds,
    audio: audio ? audioStream(audio, durationSeconds, main === audio ? measured : undefined) : null,
    video: video ? { ...videoStream(video, durationSeconds, fileStart), ...(still ? STILL_CLIP : {}) } : null,
  }
}

const STILL_CLIP = {
  ...{ still: true, durationSeconds: STILL.seconds, frames: STILL.seconds * STILL.fps, interlaced: false },
  ...{ fpsNum: STILL.fps, fpsDen: 1, nominalFps: STILL.fps, startSeconds: 0 },
}

/** Demuxers that know no length, or guess it from the bit rate. */
const GUESSING: readonly Demuxer[] = ['aac', 'mp3', 'amr', 'ac3', 'eac3']

/** The track of sound that counts; one that can't be decoded only where there is no other, to be refused by name. */
async function chooseTrack(path: string, demuxer: Demuxer, sounds: ProbeStream[], options: ProbeOptions) {
  const known = sounds.filter((stream) => isKnownSound(stream.codec_name ?? ''))
  if (known.length < 2) return known[0] ?? sounds[0]
  const index = await loudestTrack(
    path,
    demuxer,
    known.map((stream) => stream.index),
    options,
  )
  return known.find((stream) => stream.index === index)
}

async function isStill(path: string, container: Container, picture: ProbeStream, options: ProbeOptions) {
  if (PHOTOS.includes(container)) return true
  if (picture.nb_frames !== undefined) return picture.nb_frames === 1
  if (!STILL_CODECS.includes(picture.codec_name ?? '')) return false
  const two = ['-map', `0:${picture.index}`, '-c', 'copy', '-frames:v', '2', '-f', 'framecrc', 'pipe:1']
  const args = ['-nostdin', '-v', 'error', ...inputArgs(demuxerOf[container], path), ...two]
  const { stdout } = await runMedia(ffmpegPath(), args, inspecting(path), { timeoutMs: 30_000, ...options })
  return (
    stdout
      .toString('latin1')
      .split('\n')
      .filter((line) => /^0,/.test(line)).length < 2
  )
}

/** Codecs that covers have. */
const STILL_CODECS = ['mjpeg', 'png', 'gif', 'webp', 'h264']

const ENTRIES = [
  'format=format_name,duration',
  'stream=index,codec_type,codec_name,sample_rate,channels,start_time,duration,width,height,nb_frames,pix_fmt' +
    ',avg_frame_rate,r_frame_rate' +
    ',field_order,color_space,color_range,color_primaries,color_transfer,sample_aspect_ratio',
  'stream_disposition=attached_pic',
  'stream_tags=rotate,alpha_mode',
  'stream_side_data=rotation,displaymatrix',
].join(':')

/** A telephone writes beside a photo how it was held, which shows when it is decoded. */
const OF_FIRST_FRAME = 'frame_side_data=rotation,displaymatrix'

async function runProbe(
  path: string,
  container: Container,
  demuxer: Demuxer,
  options: ProbeOptions,
): Promise<ProbeOutput> {
  const entries = PHOTOS.includes(container) ? `${ENTRIES}:${OF_FIRST_FRAME}` : ENTRIES
  const show = ['-v', 'error', '-threads', '1', '-of', 'json', '-show_entries', entries]
  if (entries !== ENTRIES) show.push('-read_intervals', '%+#1')
  const args = [...show, ...inputArgs(demuxer, path), ...NAME_SUBTITLES]
  const { exitCode, stdout, stderrTail } = await runMedia(ffprobePath(), args, inspecting(path), {
    timeoutMs: 30_000,
    ...options,
    maxOutputBytes: 2 ** 20,
  })
  const parsed = exitCode === 0 ? probeOutput(stdout) : undefined
  refuseByComplaint(stderrTail, demuxer, parsed)
  // One that keeps its photo in tiles shows them as so many pictures.
  const pictures = parsed?.streams.filter(isVideo).length ?? 0
  if (container === 'heic' || container === 'avif') {
    if (pictures !== 1) throw mediaError('not_media', { found: container, accepted: ACCEPTED })
  }
  if (!parsed || parsed.streams.length === 0) {
    throw mediaError('unreadable', { container, detail: reasonIn(stderrTail, path) })
  }
  return withOrientation(parsed)
}

/** What ffprobe says of a file that goes beyond our limits. A picture that is too large is no reason for it to fail. */
function refuseByComplaint(stderr: string, demuxer: Demuxer, parsed: ProbeOutput | undefined): void {
  const tooLarge = pictureRefused(stderr)
  if (tooLarge) {
    const code = parsed && !parsed.streams.some(isVideo) ? 'cover_too_large' : 'too_many_pixels'
    throw mediaError(code, { ...tooLarge, maxPixels: maxDecodedPixels(demuxer) })
  }
  if (parsed) return
  if (stderr.includes('exceeds max_streams'))
    throw mediaError('too_many_streams', { maxStreams: MAX_STREAMS })
  const codec = /Codec \((\w+)\) not on whitelist/.exec(stderr)?.[1]
  if (codec) throw mediaError('unsupported_codec', { codec, accepted: ACCEPTED_CODECS })
}

const ACCEPTED_CODECS = [...VIDEO_CODECS, ...AUDIO_CODECS, 'pcm'].join(', ')

/** What ffprobe tells of how the picture is turned: of a video with its stream, of a photo with its one frame. */
function withOrientation(output: ProbeOutput): ProbeOutput {
  const ofFrame = output.frames?.at(0)?.side_data_list
  return ofFrame
    ? { ...output, streams: output.streams.map((stream) => ({ ...stream, side_data_list: ofFrame })) }
    : output
}

const isVideo = (stream: ProbeStream): boolean =>
  stream.codec_type === 'video' && !stream.disposition?.attached_pic

/** Reads every packet of one stream without decoding; undefined when that gives no length either. */
async function measureDuration(path: string, demuxer: Demuxer, index: number, options: ProbeOptions) {
  const output = ['-map', `0:${index}`, '-c', 'copy', '-f', 'null', '-progress', 'pipe:1', '-nostats', '-']
  const args = ['-nostdin', '-v', 'error', ...inputArgs(demuxer, path), ...output]
  let tail = ''
  await runMedia(ffmpegPath(), args, inspecting(path), {
    timeoutMs: 30_000,
    ...options,
    onStdout: (chunk) => {
      tail = (tail + chunk.toString('latin1')).slice(-2000)
    },
  })
  // `out_time_ms` holds microseconds, in every version.
  const last = [...tail.matchAll(/out_time_ms=(\d+)/g)].at(-1)
  return last && Number(last[1]) > 0 ? Number(last[1]) / 1e6 : undefined
}

function audioStream(stream: ProbeStream, fileSeconds: number, measured?: number): AudioStream {
  return {
    index: stream.index,
    codec: stream.codec_name ?? 'unknown',
    sampleRate: stream.sample_rate ?? 0,
    channels: stream.channels ?? 0,
    durationSeconds: measured ?? stream.duration ?? fileSeconds,
  }
}

function videoStream(stream: ProbeStream, fileSeconds: number, fileStart: number): VideoStream {
  const codedWidth = stream.width ?? 0
  const codedHeight = stream.height ?? 0
  const rotation = rotationOf(stream)
  const turned = rotation === 90 || rotation === 270
  const [fpsNum, fpsDen] = rate(stream.avg_frame_rate)
  const [nominalNum, nominalDen] = rate(stream.r_frame_rate)
  return {
    index: stream.index,
    codec: stream.codec_name ?? 'unknown',
    width: turned ? codedHeight : codedWidth,
    height: turned ? codedWidth : codedHeight,
    codedWidth,
    codedHeight,
    rotation,
    mirrored: isMirrored(stream),
    fpsNum,
    fpsDen,
    nominalFps: nominalNum / nominalDen,
    still: false,
    alpha: stream.tags?.alpha_mode === 1 || SEE_THROUGH.test(stream.pix_fmt ?? ''),
    startSeconds: Math.max(0, (stream.start_time ?? 0) - fileStart),
    frames: stream.nb_frames ?? null,
    durationSeconds: stream.duration ?? fileSeconds,
    pixelFormat: stream.pix_fmt ?? 'unknown',
    interlaced: ['tt', 'bb', 'tb', 'bt'].includes(stream.field_order ?? ''),
    colorSpace: tag(stream.color_space),
    colorRange: tag(stream.color_range),
    colorPrimaries: tag(stream.color_primaries),
    colorTransfer: tag(stream.color_transfer),
    sampleAspectRatio: /^[1-9]\d*:[1-9]\d*$/.test(stream.sample_aspect_ratio ?? '')
      ? stream.sample_aspect_ratio!
      : '1:1',
  }
}

/** Pixel formats with a plane of transparency. */
const SEE_THROUGH = /^(yuva|ya\d|rgba|bgra|argb|abgr|gbrap|pal8)/

/** The display matrix counts counter-clockwise, the older `rotate` tag clockwise. */
function rotationOf(stream: ProbeStream): VideoStream['rotation'] {
  const matrix = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation
  const clockwise = matrix !== undefined ? -matrix : (stream.tags?.rotate ?? 0)
  const quarters = (((Math.round(clockwise / 90) % 4) + 4) % 4) as 0 | 1 | 2 | 3
  return ([0, 90, 180, 270] as const)[quarters]
}

/** ffprobe prints the matrix in three lines with an address each; a negative determinant mirrors. */
function isMirrored(stream: ProbeStream): boolean {
  const matrix = stream.side_data_list?.find((data) => data.displaymatrix !== undefined)?.displaymatrix ?? ''
  const [[a, b], [c, d]] = [...matrix.matchAll(/:\s+(-?\d+)\s+(-?\d+)/g), ['', '1', '0'], ['', '0', '1']].map(
    ([, x, y]) => [Number(x), Number(y)],
  )
  return a * d - b * c < 0
}

function rate(text: string | undefined): [number, number] {
  const [num, den] = (text ?? '').split('/').map(Number)
  return num > 0 && den > 0 ? [num, den] : [0, 1]
}

const tag = (value: string | undefined): string | null => (value && value !== 'unknown' ? value : null)

function longest(streams: ProbeStream[]): number | undefined {
  const durations = streams.flatMap((stream) => stream.duration ?? [])
  return durations.length > 0 ? Math.max(...durations) : undefined
}

/** The last line of ffprobe's complaint, without the path on our disk. */
function reasonIn(stderr: string, path: string): string {
  const line = stderr
    .split('\n')
    .at(-1)
    ?.replaceAll(fileUrl(path), '')
    .replace(/^(\[[^\]]*\]|file:|[/\w.-]*:)\s*/, '')
  return line?.trim().slice(0, 200) || 'no streams found'
}
