import { ffmpegVersion } from './ffmpeg-version.ts'

/**
 * Asks ffmpeg what every render of this process needs to know of it, and finds out how it can be boxed, so that none
 * has to wait for the answers. An ffmpeg that doesn't answer fails the first render, with a message that says so.
 */
export async function warmUp(): Promise<void> {
  await ffmpegVersion().catch(() => {})
}
