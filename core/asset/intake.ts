import { stat } from 'node:fs/promises'
import type { UploadLimits } from '#core/asset/limits'
import type { AssetKind } from '#core/asset/schema'
import { assertNever } from '#core/errors'
import { MediaError, mediaError } from '#core/media/errors'
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

const audioCodecs = ['aac', 'mp3', 'mp2', 'flac', 'alac', 'vorbis', 'opus', 'ac3', 'eac3']
const videoCodecs = [
  ...['h264', 'hevc', 'av1', 'vp8', 'vp9', 'mpeg4', 'mpeg2video', 'mpeg1video', 'h263', 'flv1', 'vp6f'],
  ...['mjpeg', 'prores', 'dnxhd', 'msmpeg4v3', 'dvvideo', 'theora'],
]

function checkSpeech(probe: MediaProbe, limits: UploadLimits): void {
  const { audio, video, container, demuxer, durationSeconds } = probe
  if (video || !speechDemuxers.includes(demuxer)) {
    const found = video ? 'video' : container
    throw mediaError('wrong_kind', { kind: 'speech', found, accepted: acceptedFormats.speech })
  }
  if (!audio) throw mediaError('no_audio_stream', { found: container })
  if (!audioCodecs.includes(audio.codec) && !/^(ad)?pcm_/.test(audio.codec)) {
    throw mediaError('unsupported_codec', { codec: audio.codec, accepted: `${audioCodecs.join(', ')}, pcm` })
  }
  checkDuration(durationSeconds, limits.minSeconds, limits.maxSpeechSeconds)
}

function checkPresenter(probe: MediaProbe, limits: UploadLimits): void {
  const { video, container, demuxer, durationSeconds } = probe
  if (!presenterDemuxers.includes(demuxer) || container === 'm4a') {
    throw mediaError('wrong_kind', { kind: 'presenter', found: 'audio', accepted: acceptedFormats.presenter })
  }
  if (!video) throw mediaError('no_video_stream', { found: container })
  if (!videoCodecs.includes(video.codec)) {
    throw mediaError('unsupported_codec', { codec: video.codec, accepted: videoCodecs.join(', ') })
  }
  const { codedWidth: width, codedHeight: height } = video
  if (width < 1 || height < 1)
    throw mediaError('unreadable', { container, detail: 'its picture has no size' })
  if (width * height > limits.maxPixels) {
    throw mediaError('too_many_pixels', { width, height, maxPixels: limits.maxPixels })
  }
  checkDuration(durationSeconds, limits.minSeconds, limits.maxPresenterSeconds)
}

function checkDuration(seconds: number, minSeconds: number, maxSeconds: number): void {
  if (seconds > maxSeconds) throw mediaError('too_long', { seconds, maxSeconds })
  if (!(seconds >= minSeconds)) throw mediaError('too_short', { seconds, minSeconds })
}
