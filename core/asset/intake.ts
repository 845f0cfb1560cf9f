import { stat } from 'node:fs/promises'
import type { UploadLimits } from '#core/asset/limits'
import type { AssetKind } from '#core/asset/schema'
import { assertNever } from '#core/errors'
import { AUDIO_CODECS, VIDEO_CODECS } from '#core/media/codecs'
import { MediaError, mediaError } from '#core/media/errors'
import { pictureOver } from '#core/media/picture-sizes'
import { type MediaProbe, probeMedia } from '#core/media/probe'
import { ProcessError } from '#core/media/process'
import type { Demuxer } from '#core/media/sniff'

export type InspectedMedia = { kind: AssetKind; bytes: number; probe: MediaProbe }

/** What people may upload as each kind, in the words that they know the formats by. */
export const acceptedFormats: Record<AssetKind, string> = {
  speech: 'mp3, wav, m4a, aac, flac, ogg',
  presenter: 'mp4, mov, mkv, webm, avi, flv',
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

// An audio-only MP4 is what some recorders call their M4A, so that the demuxer decides here.
const speechDemuxers: Demuxer[] = ['mp3', 'wav', 'mov', 'aac', 'flac', 'ogg']
const presenterDemuxers: Demuxer[] = ['mov', 'matroska', 'avi', 'flv']

/** Pixels in a row or a column; 8K has 7,680, and no encoder of ours takes twice that. */
const MAX_SIDE = 8192

function checkSpeech(probe: MediaProbe, limits: UploadLimits): void {
  const { audio, video, container, demuxer, durationSeconds } = probe
  if (video || !speechDemuxers.includes(demuxer)) {
    const found = video ? 'video' : container
    throw mediaError('wrong_kind', { kind: 'speech', found, accepted: acceptedFormats.speech })
  }
  if (!audio) throw mediaError('no_audio_stream', { found: container })
  if (!AUDIO_CODECS.includes(audio.codec) && !/^(ad)?pcm_/.test(audio.codec)) {
    throw mediaError('unsupported_codec', { codec: audio.codec, accepted: `${AUDIO_CODECS.join(', ')}, pcm` })
  }
  checkDuration(durationSeconds, limits.minSeconds, limits.maxSpeechSeconds)
}

function checkPresenter(probe: MediaProbe, limits: UploadLimits): void {
  const { video, container, demuxer, durationSeconds } = probe
  if (!presenterDemuxers.includes(demuxer) || container === 'm4a') {
    throw mediaError('wrong_kind', { kind: 'presenter', found: 'audio', accepted: acceptedFormats.presenter })
  }
  if (!video) throw mediaError('no_video_stream', { found: container })
  if (!VIDEO_CODECS.includes(video.codec)) {
    throw mediaError('unsupported_codec', { codec: video.codec, accepted: VIDEO_CODECS.join(', ') })
  }
  const { codedWidth: width, codedHeight: height } = video
  if (width < 1 || height < 1)
    throw mediaError('unreadable', { container, detail: 'its picture has no size' })
  if (width * height > limits.maxPixels) {
    throw mediaError('too_many_pixels', { width, height, maxPixels: limits.maxPixels })
  }
  if (Math.max(width, height) > MAX_SIDE)
    throw mediaError('side_too_long', { width, height, maxSide: MAX_SIDE })
  checkDuration(durationSeconds, limits.minSeconds, limits.maxPresenterSeconds)
}

/** A video may start small and grow: what it declares at its start binds nobody. */
async function checkPictures(path: string, probe: MediaProbe, limits: UploadLimits, signal?: AbortSignal) {
  const { maxPixels } = limits
  const size = await pictureOver(maxPixels, path, probe, { signal })
  if (size) throw mediaError('too_many_pixels', { ...size, maxPixels })
}

function checkDuration(seconds: number, minSeconds: number, maxSeconds: number): void {
  if (seconds > maxSeconds) throw mediaError('too_long', { seconds, maxSeconds })
  if (!(seconds >= minSeconds)) throw mediaError('too_short', { seconds, minSeconds })
}
