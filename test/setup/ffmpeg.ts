import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ffmpegPath } from '#core/media/binaries'

/** Makes media for a test, out of any box: what the test itself asks for is no stranger's. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await promisify(execFile)(ffmpegPath(), ['-v', 'error', '-y', ...args])
}
