import { stat } from 'node:fs/promises'
import type { UploadLimits } from '#core/asset/limits'
import type { AssetKind } from '#core/asset/schema'
import { assertNever } from '#core/errors'
import { AUDIO_CODECS, isKnownSound, VIDEO_CODECS } from '#core/media/codecs'
import { MediaError, mediaError } from '#core/media/errors'
import { MAX_PHOTO_PIXELS } from '#core/media/input'
import { pictureOver } from '#core/media/picture-sizes'
import { type MediaProbe, probeMedia, type VideoStream } from '#core/media/probe'
import { ProcessError } from '#core/media/process'

export type InspectedMedia = { kind: AssetKind; bytes: number; probe: MediaProbe }

/** What people may upload as each kind, in the words that they know the formats by. */
export const acceptedFormats: Record<AssetKind, string> = {
  speech: 'mp3, wav, m4a, aac, flac, ogg, opus, wma, aiff, amr, mp4, mov',
  presenter: 'mp4, mov, mkv, webm, avi, wmv, mts, mpg, mxf, gif, jpg, png, webp',
}

/**
 * Decides whether a file may come in as a speech or a presenter video. Its content decides, never its name,
 * and nothing but this file is opened. Throws MediaError with the first rule that it breaks.
 */
export async function inspectUpload(
  path: string,
  kind: AssetKind,
  limits: UploadLimits,
  signal?: AbortSignal,
): Promise<InspectedMedia> {
  const { size: bytes } = await stat(path)
  if (bytes === 0) throw mediaError('empty_file', {})
  if (bytes > limits.maxBytes) throw mediaError('too_large', { bytes, maxBytes: limits.maxBytes })

  const probe = await probeStrictly(path, kind, signal)
  switch (kind) {
    case 'speech':
      checkSpeech(probe, limits)
      break
    case 'presenter':
      checkPresenter(probe, limits)
      await checkPictures(path, probe, limits, signal)
      break
    default:
      assertNever(kind)
  }
  return { kind, bytes, probe }
}

async function probeStrictly(path: string, kind: AssetKind, signal?: AbortSignal): Promise<MediaProbe> {
  try {
    return await probeMedia(path, { signal })
  } catch (error) {
    if (error instanceof MediaError && error.code === 'not_media') {
      throw mediaError('not_media', { found: String(error.params.found), accepted: acceptedFormats[kind] })
    }
    if (error instanceof ProcessError && error.failure !== 'not_started') {
      throw mediaError('unreadable', { container: 'media', detail: error.failure.replaceAll('_', ' ') })
    }
    throw error
  }
}

/** Pixels in a row or a column; 8K has 7,680, and no encoder of ours takes twice that. */
const MAX_SIDE = 8192
/** Photos are made smaller before they come to an encoder. */
const MAX_PHOTO_SIDE = 16_384
/** No engine finds a face in less, and no video shows a mouth move in fewer pictures a second. */
export const MIN_SIDE = 64
export const MIN_FPS = 1

function checkSpeech({ audio, container, durationSeconds }: MediaProbe, limits: UploadLimits): void {
  if (!audio) throw mediaError('no_audio_stream', { found: container })
  if (!isKnownSound(audio.codec)) {
    throw mediaError('unsupported_codec', { codec: audio.codec, accepted: `${AUDIO_CODECS.join(', ')}, pcm` })
  }
  checkDuration(durationSeconds, limits.minSeconds, limits.maxSpeechSeconds)
}

function checkPresenter(
  { video, audio, container, durationSeconds }: MediaProbe,
  limits: UploadLimits,
): void {
  if (!video) {
    if (!audio) throw mediaError('no_video_stream', { found: container })
    throw mediaError('wrong_kind', { kind: 'presenter', found: 'audio', accepted: acceptedFormats.presenter })
  }
  if (!VIDEO_CODECS.includes(video.codec)) {
    throw mediaError('unsupported_codec', { codec: video.codec, accepted: VIDEO_CODECS.join(', ') })
  }
  checkPictureSize(video, container, limits)
  checkDuration(durationSeconds, limits.minSeconds, limits.maxPresenterSeconds)
  const fps = video.fpsNum / video.fpsDen
  if (fps < MIN_FPS && fps > 0) {
    throw mediaError('too_few_pictures', { fps: Number(fps.toPrecision(2)), minFps: MIN_FPS })
  }
}

function checkPictureSize(video: VideoStream, container: string, limits: UploadLimits): void {
  const { codedWidth: width, codedHeight: height, still } = video
  if (width < 1 || height < 1)
    throw mediaError('unreadable', { container, detail: 'its picture has no size' })
  const maxPixels = still ? Math.max(MAX_PHOTO_PIXELS, limits.maxPixels) : limits.maxPixels
  if (width * height > maxPixels) throw mediaError('too_many_pixels', { width, height, maxPixels })
  const maxSide = still ? MAX_PHOTO_SIDE : MAX_SIDE
  if (Math.max(width, height) > maxSide) throw mediaError('side_too_long', { width, height, maxSide })
  if (Math.min(width, height) < MIN_SIDE) throw mediaError('too_small', { width, height, minSide: MIN_SIDE })
}

/** A video may start small and grow: what it declares at its start binds nobody. */
async function checkPictures(path: string, probe: MediaProbe, limits: UploadLimits, signal?: AbortSignal) {
  if (probe.video?.still) return
  const { maxPixels } = limits
  const size = await pictureOver(maxPixels, path, probe, { signal })
  if (size) throw mediaError('too_many_pixels', { ...size, maxPixels })
}

function checkDuration(seconds: number, minSeconds: number, maxSeconds: number): void {
  if (seconds > maxSeconds) throw mediaError('too_long', { seconds, maxSeconds })
  if (!(seconds >= minSeconds)) throw mediaError('too_short', { seconds, minSeconds })
}
