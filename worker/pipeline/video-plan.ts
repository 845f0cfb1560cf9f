import { DEFAULT_OPTIONS, type RenderOptions } from '#core/engine/options'
import { inputArgs, maxVideoPixels } from '#core/media/input'
import type { MediaProbe, VideoStream } from '#core/media/probe'
import type { Demuxer } from '#core/media/sniff'
import { EngineError } from '#worker/engine-contract/engine'
import { type Rational, resultFrameRate } from './frame-rate.ts'
import { probeInput } from './probe-input.ts'
import { MOVING_SECONDS } from './still-motion.ts'
import { requireToneMapping } from './tone-mapping.ts'

/** How a presenter video is decoded, and so the size, rate and colours of its result. */
export interface VideoPlan {
  /** The file. */
  path: string
  /** ffmpeg's arguments that open the file, `-i` included. */
  inputArgs: string[]
  demuxer: Demuxer
  streamIndex: number
  /** Even, after rotation and scaling. */
  width: number
  height: number
  /** Size of the decoded picture, even, where the result is smaller; null where it isn't scaled. */
  scaledFrom: { width: number; height: number } | null
  /** Constant rate of the result. */
  fps: Rational
  /** I420 in memory either way; yuvj420p where the source uses the full range 0..255. */
  pixelFormat: 'yuv420p' | 'yuvj420p'
  colour: ColourTags
  /** Colours of the source that can't be kept: RGB, and the two curves of high dynamic range; null where they can. */
  conversion: 'rgb' | 'smpte2084' | 'arib-std-b67' | null
  /** What a photo does for as long as it is shown; null for a video. */
  still: 'held' | 'moving' | null
  /** Colour as rrggbb that lies behind a picture which can be seen through; null for all others. */
  ground: string | null
  /** When the first frame is shown, in seconds after the file's beginning: its sound may begin earlier. */
  startSeconds: number
  /** Whether frames may consist of two fields. */
  deinterlace: boolean
  /** Shape of one pixel as num:den, null where square. */
  sampleAspect: string | null
  /** Duration that the container declares for the video, in seconds. */
  durationSeconds: number
  /** Whether the file has sound of its own beside the picture. */
  hasSound: boolean
  /** How much time the encoder takes. */
  quality: RenderOptions['quality']
}

/** The options that decide on a result's format. */
export type FormatOptions = Pick<RenderOptions, 'fps' | 'size' | 'quality'> &
  Partial<Pick<RenderOptions, 'photo' | 'background'>> & {
    /** Pixels are made square, for programs that know no others. */
    square?: boolean
  }

/** Colour tags of the source, null where it has none. */
export interface ColourTags {
  space: string | null
  primaries: string | null
  transfer: string | null
  range: 'tv' | 'pc' | null
}

/**
 * Probes a presenter video and plans its decoding, at the rate and size that the options ask for.
 *
 * @throws EngineError media_unreadable, or unsupported_media where there is no usable picture.
 */
export async function planVideo(
  path: string,
  signal: AbortSignal,
  options: FormatOptions = DEFAULT_OPTIONS,
): Promise<VideoPlan> {
  const probe = await probeInput(path, 'presenter', signal)
  const video = probe.video
  if (!video) {
    throw new EngineError('unsupported_media', 'The presenter file has no video in it.', {
      params: { role: 'presenter' },
    })
  }
  const plan = planStream(path, probe, video, options)
  const { conversion } = plan
  if (conversion && conversion !== 'rgb') await requireToneMapping(conversion, signal)
  return plan
}

/** Bytes of one I420 frame. */
export function frameBytes({ width, height }: { width: number; height: number }): number {
  return (width * height * 3) / 2
}

const MIN_SIDE = 64
const MIN_FPS = 1
/** Longest short side of a preview. */
const PREVIEW_SIZE = 480
/** Longest short side of a photo's result, where none is asked for: cameras take far more than videos show. */
const PHOTO_SIZE = 1080

/** What the short side may have at most, null for no limit. */
export function maxShortSide({ quality, size }: Pick<RenderOptions, 'quality' | 'size'>): number | null {
  return quality === 'preview' ? Math.min(PREVIEW_SIZE, size ?? PREVIEW_SIZE) : size
}

function planStream(
  path: string,
  probe: MediaProbe,
  video: VideoStream,
  { fps, size, quality, photo = 'held', background, square = false }: FormatOptions,
): VideoPlan {
  const decoded = { width: video.width & ~1, height: video.height & ~1 }
  const shown = square ? withSquarePixels(decoded, video) : decoded
  const shortSide = maxShortSide({ quality, size: size ?? (video.still ? PHOTO_SIZE : null) })
  const smaller = shortSide !== null && shortSide < Math.min(shown.width, shown.height)
  const picture = smaller ? scaledTo(shown, shortSide) : shown
  const scaled = picture.width !== decoded.width || picture.height !== decoded.height
  const still = video.still ? photo : null
  const average = video.fpsNum / video.fpsDen
  if (Math.min(decoded.width, decoded.height) < MIN_SIDE) {
    throw new EngineError(
      'unsupported_media',
      `The presenter video is ${video.width}x${video.height}; at least ${MIN_SIDE} pixels a side are needed.`,
      { params: { role: 'presenter', width: video.width, height: video.height } },
    )
  }
  if (!(average >= MIN_FPS)) {
    throw new EngineError(
      'unsupported_media',
      `The presenter video shows ${average.toFixed(4)} pictures a second; at least ${MIN_FPS} is needed.`,
      { params: { role: 'presenter', fps: Number(average.toFixed(4)) } },
    )
  }
  const conversion = conversionOf(video)
  const full = conversion === null && (video.colorRange === 'pc' || video.pixelFormat.startsWith('yuvj'))
  return {
    path,
    inputArgs: [
      ...alphaDecoder(video),
      ...inputArgs(probe.demuxer, path, video.still ? undefined : maxVideoPixels()),
    ],
    demuxer: probe.demuxer,
    streamIndex: video.index,
    ...picture,
    scaledFrom: scaled ? decoded : null,
    fps:
      fps === null
        ? resultFrameRate(average, video.interlaced ? average : video.nominalFps)
        : { num: fps, den: 1 },
    pixelFormat: full ? 'yuvj420p' : 'yuv420p',
    colour: colourTags(video, conversion, full),
    conversion,
    still,
    ground: video.alpha ? (background ?? DEFAULT_OPTIONS.background).slice(1) : null,
    startSeconds: video.startSeconds,
    deinterlace: video.interlaced,
    sampleAspect: square ? null : sampleAspect(video),
    durationSeconds: still === 'moving' ? MOVING_SECONDS : video.durationSeconds,
    hasSound: probe.audio !== null,
    quality,
  }
}

/** The even size nearest to a short side of `shortSide` pixels in the same proportions. */
function scaledTo({ width, height }: { width: number; height: number }, shortSide: number) {
  const ratio = shortSide / Math.min(width, height)
  const even = (side: number) => 2 * Math.round((side * ratio) / 2)
  return { width: even(width), height: even(height) }
}

/** The even size whose pixels are square: as wide as the picture is meant to be, as high as it is. */
function withSquarePixels({ width, height }: { width: number; height: number }, video: VideoStream) {
  const [across, down] = (sampleAspect(video) ?? '1:1').split(':').map(Number)
  return { width: Math.max(2, 2 * Math.round((width * across) / down / 2)), height }
}

/** ffmpeg's own decoders of VP8 and VP9 leave out what makes a picture see-through. */
function alphaDecoder({ alpha, codec }: VideoStream): string[] {
  if (!alpha || !/^vp[89]$/.test(codec)) return []
  return ['-c:v', codec === 'vp9' ? 'libvpx-vp9' : 'libvpx']
}

function conversionOf({ pixelFormat, colorTransfer, alpha }: VideoStream): VideoPlan['conversion'] {
  // It is laid on its ground in RGB.
  if (alpha) return 'rgb'
  if (colorTransfer === 'smpte2084' || colorTransfer === 'arib-std-b67') return colorTransfer
  return /^(gbr|rgb|bgr|argb|abgr|0rgb|0bgr|pal8)/.test(pixelFormat) ? 'rgb' : null
}

/** The source's tags, or those of what it is converted to. */
function colourTags(
  { colorSpace, colorPrimaries, colorTransfer, colorRange }: VideoStream,
  conversion: VideoPlan['conversion'],
  full: boolean,
): ColourTags {
  if (conversion === 'rgb') {
    return { space: 'bt709', primaries: colorPrimaries, transfer: colorTransfer, range: 'tv' }
  }
  if (conversion) return { space: 'bt709', primaries: 'bt709', transfer: 'bt709', range: 'tv' }
  const range = full ? 'pc' : colorRange === 'tv' ? 'tv' : null
  // The result is YUV: a space tag of RGB must not be carried over.
  const space = colorSpace === 'gbr' || colorSpace === 'rgb' ? null : colorSpace
  return { space, primaries: colorPrimaries, transfer: colorTransfer, range }
}

/** Shape of a pixel once the picture is upright. */
function sampleAspect({ sampleAspectRatio, rotation }: VideoStream): string | null {
  if (sampleAspectRatio === '1:1') return null
  const turned = rotation === 90 || rotation === 270
  return turned ? sampleAspectRatio.split(':').reverse().join(':') : sampleAspectRatio
}
