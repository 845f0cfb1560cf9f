import ffmpeg, { type FfmpegCommand } from 'fluent-ffmpeg'

/** What the types of fluent-ffmpeg leave out. */
type Built = FfmpegCommand & { _getArguments(): string[] }

/**
 * A command for ffmpeg, built step by step with fluent-ffmpeg. It is only built here: fluent-ffmpeg would start ffmpeg
 * with everything that this process has, so `argumentsOf` gives its arguments to whoever starts media in its box.
 */
export const command = (): FfmpegCommand => ffmpeg()

/** The arguments of a command, after ffmpeg's own name. */
export const argumentsOf = (built: FfmpegCommand): string[] => (built as Built)._getArguments()
