import { resolve } from 'node:path'
import type { Demuxer } from '#core/media/sniff'

/**
 * The arguments that let ffmpeg or ffprobe open a user's file with one demuxer and nothing else:
 * no other format (playlists point elsewhere) and no other protocol. They go before the file's `-i`.
 */
export function demuxerArgs(demuxer: Demuxer): string[] {
  return ['-protocol_whitelist', 'file', '-format_whitelist', demuxer, '-f', demuxer]
}

/** A path as ffmpeg's input or output: absolute and marked as a file, so that no name can act as an option or a protocol. */
export function fileUrl(path: string): string {
  return `file:${resolve(path)}`
}

/** `demuxerArgs` and the `-i` of one file. */
export function inputArgs(demuxer: Demuxer, path: string): string[] {
  return [...demuxerArgs(demuxer), '-i', fileUrl(path)]
}
