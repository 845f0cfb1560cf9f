import { isDiskFull } from '#core/errors'
import { argumentsOf, command } from '#core/media/command'
import { fileUrl } from '#core/media/input'
import { rendering } from '#core/media/needs'
import { EngineError } from '#worker/engine-contract/engine'
import { startFfmpeg } from './child.ts'
import { diskFull } from './file-error.ts'

export interface MuxRequest {
  videoPath: string
  trackPath: string
  outputPath: string
  signal: AbortSignal
  /** ffmpeg's options for opening the picture, where it isn't a plain file. */
  videoOptions?: string[]
  /** Files that the picture's names, where it is a list. */
  videoParts?: string[]
  /** And options for the result. */
  outputOptions?: string[]
}

/** Joins the rendered picture and the speech's AAC track, both by copy, into an mp4 that plays while loading. */
export async function mux(request: MuxRequest): Promise<void> {
  const { videoPath, trackPath, outputPath, signal, videoParts = [], outputOptions = [] } = request
  const joined = command()
    .input(fileUrl(videoPath))
    .inputOptions(request.videoOptions ?? [])
    .input(fileUrl(trackPath))
    .outputOptions(['-y', '-map', '0:v:0', '-map', '1:a:0', '-c', 'copy', '-map_metadata', '-1'])
    .outputOptions(['-movflags', '+faststart', ...outputOptions])
    .format('mp4')
    .output(fileUrl(outputPath))
  const needs = rendering([videoPath, trackPath, ...videoParts], [outputPath])
  const { exitCode, stderr } = await startFfmpeg(
    argumentsOf(joined),
    ['ignore', 'ignore', 'pipe'],
    needs,
    signal,
  ).done
  if (exitCode === 0) return
  if (isDiskFull(stderr)) throw diskFull(stderr)
  throw new EngineError('engine_failed', `Picture and sound could not be joined: ${stderr}`)
}
