import { createHash } from 'node:crypto'
import { messageOf } from '#core/errors'
import { ffmpegPath } from '#core/media/binaries'
import { runProcess } from '#core/media/process'
import { EngineError } from '#worker/engine-contract/engine'

let version: Promise<string> | null = null

/** ffmpeg's first line about itself, asked once: other builds may decode and encode otherwise. */
export function ffmpegVersion(): Promise<string> {
  version ??= runProcess(ffmpegPath(), ['-version'], { timeoutMs: 30_000 }).then(
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
