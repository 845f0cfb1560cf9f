import { resolve } from 'node:path'
import { CODECS, SUBTITLE_DECODERS } from '#core/media/codecs'
import type { Demuxer } from '#core/media/sniff'

/** Streams in one file; films with many languages have about as many. */
export const MAX_STREAMS = 64

/** A cover of a record may be this large; a video may where MAX_PIXELS says so. */
const MAX_COVER_PIXELS = 4096 * 4096

/** A photo is one picture, however large telephones take it; it is made smaller before anything else is done to it. */
export const MAX_PHOTO_PIXELS = 64e6

const PHOTO_DEMUXERS: readonly Demuxer[] = ['jpeg_pipe', 'png_pipe', 'webp_pipe']

/** Pixels of the largest picture that anything decodes, whatever it is part of. */
export function maxDecodedPixels(demuxer: Demuxer, source: NodeJS.ProcessEnv = process.env): number {
  const most = PHOTO_DEMUXERS.includes(demuxer) ? MAX_PHOTO_PIXELS : MAX_COVER_PIXELS
  return Math.max(most, Number(source.MAX_PIXELS) || 0)
}

/** The largest picture of a video, in pixels. */
export const MAX_VIDEO_PIXELS = 3840 * 2160

/** The same as this machine is set up. */
export const maxVideoPixels = (source: NodeJS.ProcessEnv = process.env): number =>
  Number(source.MAX_PIXELS) || MAX_VIDEO_PIXELS

/**
 * Decoders lay a picture out in blocks, which makes each side up to 64 pixels longer, and count those for
 * `-max_pixels`: an upright 4K video of 2160x3840 has 2176x3840. No side that is accepted has more than 16,384 pixels.
 */
const PADDING = 2 * 64 * 16_384

/** How every ffmpeg says that a picture is larger than that. */
const PICTURE_TOO_LARGE = /Picture size (\d+)x(\d+) (?:exceeds|is invalid)/

/**
 * The arguments that let ffmpeg or ffprobe open a user's file with one demuxer and nothing else: no other format
 * (playlists point elsewhere), no other protocol, only the decoders that we accept, no picture that is too large, no
 * endless list of streams. They go before the file's `-i`.
 */
export function demuxerArgs(demuxer: Demuxer, maxPixels = maxDecodedPixels(demuxer)): string[] {
  return [
    ...['-protocol_whitelist', 'file', '-format_whitelist', demuxer, '-max_streams', String(MAX_STREAMS)],
    ...['-max_pixels', String(maxPixels + PADDING), '-codec_whitelist', CODECS.join(',')],
    ...['-f', demuxer],
  ]
}

/**
 * What ffprobe is told after a file's `-i`: it gives up on a file with a stream whose decoder it may not even name, and
 * decodes no packet of such a stream.
 */
export const NAME_SUBTITLES = ['-codec_whitelist:s', SUBTITLE_DECODERS.join(',')]

/** A path as ffmpeg's input or output: absolute and marked as a file, so that no name can act as an option or a protocol. */
export function fileUrl(path: string): string {
  return `file:${resolve(path)}`
}

/** `demuxerArgs` and the `-i` of one file. */
export function inputArgs(demuxer: Demuxer, path: string, maxPixels?: number): string[] {
  return [...demuxerArgs(demuxer, maxPixels), '-i', fileUrl(path)]
}

/** The size of a picture that a program refused as too large, from its complaints; null where there was none. */
export function pictureRefused(stderr: string): { width: number; height: number } | null {
  const [, width, height] = PICTURE_TOO_LARGE.exec(stderr)?.map(Number) ?? []
  return width ? { width, height } : null
}
