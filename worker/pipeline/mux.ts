import { promisify } from 'node:util'
import ffmpeg from 'fluent-ffmpeg'
import { isDiskFull } from '#core/errors'
import { ffmpegPath } from '#core/media/binaries'
import { EngineError } from '#worker/engine-contract/engine'
import { killedFromOutside } from './child.ts'
import { diskFull } from './file-error.ts'

export interface MuxRequest {
  videoPath: string
  trackPath: string
  outputPath: string
  signal: AbortSignal
  /** ffmpeg's options for opening the picture, where it isn't a plain file. */
  videoOptions?: string[]
  /** And for the result. */
  outputOptions?: string[]
}

/** Joins the rendered picture and the speech's AAC track, both by copy, into an mp4 that plays while loading. */
export async function mux(request: MuxRequest): Promise<void> {
  const { videoPath, trackPath, outputPath, signal, videoOptions = [], outputOptions = [] } = request
  signal.throwIfAborted()
  const command = ffmpeg()
    .setFfmpegPath(ffmpegPath())
    .input(videoPath)
    .inputOptions(videoOptions)
    .input(trackPath)
    .outputOptions(['-map', '0:v:0', '-map', '1:a:0', '-c', 'copy', '-map_metadata', '-1'])
    .outputOptions(['-movflags', '+faststart', ...outputOptions])
    .format('mp4')
  const kill = () => command.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })
  // fluent-ffmpeg asks for formats first: an abort meanwhile finds no process to end.
  command.on('start', () => signal.aborted && kill())
  try {
    await new Promise<void>((resolve, reject) => {
      command.on('end', () => resolve())
      command.on('error', (error, _stdout, stderr) => reject(muxFailed(error, stderr)))
      command.save(outputPath)
    })
  } finally {
    signal.removeEventListener('abort', kill)
    signal.throwIfAborted()
  }
}

/** Has fluent-ffmpeg ask which formats and encoders there are: it does before its first job, and remembers. */
export async function learnFormats(): Promise<void> {
  const command = ffmpeg().setFfmpegPath(ffmpegPath())
  await promisify(command.availableFormats.bind(command))()
  await promisify(command.availableEncoders.bind(command))()
}

function muxFailed(error: Error, stderr: string | null | undefined): EngineError {
  if (isDiskFull(stderr) || isDiskFull(error)) return diskFull(error)
  const killedBy = /killed with signal (\w+)/.exec(error.message)?.[1]
  if (killedBy) return killedFromOutside(killedBy)
  return new EngineError('engine_failed', `Picture and sound could not be joined: ${error.message}`, {
    cause: error,
  })
}
