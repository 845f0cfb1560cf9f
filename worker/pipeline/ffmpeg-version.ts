import { createHash } from 'node:crypto'
import { messageOf } from '#core/errors'
import { ffmpegPath } from '#core/media/binaries'
import { ASKING } from '#core/media/needs'
import { runMedia } from '#core/media/process'
import { EngineError } from '#worker/engine-contract/engine'

let version: Promise<string> | null = null

/** ffmpeg's first line about itself, asked once: other builds may decode and encode otherwise. */
export function ffmpegVersion(): Promise<string> {
  version ??= runMedia(ffmpegPath(), ['-version'], ASKING, { timeoutMs: 30_000 }).then(
    ({ stdout }) => stdout.toString('utf8').split('\n')[0],
    (error) => {
      version = null
      throw new EngineError('engine_failed', `ffmpeg could not be asked for its version: ${messageOf(error)}`)
    },
  )
  return version
}

/** Names this build of ffmpeg in the name of a cache file, whose content depends on how frames and sound are decoded. */
export async function ffmpegKey(): Promise<string> {
  return createHash('sha256')
    .update(await ffmpegVersion())
    .digest('hex')
    .slice(0, 8)
}
