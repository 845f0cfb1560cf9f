import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ffmpeg } from './ffmpeg.ts'
import { awkward } from './worker.ts'

/** Renders that last until the test lets them go on; see gated-program.ts. */
export interface Gate {
  /** The speech and the video that the renders are for. */
  speech: string
  video: string
  /** Settings for a worker whose renders wait at the gate. */
  env: Record<string, string>
  open: () => void
  close: () => void
}

/** A closed gate, with its files in a folder. */
export async function makeGate(folder: string): Promise<Gate> {
  const [speech, video] = [awkward('audio_8khz_mono.wav'), awkward('video_without_audio.mp4')]
  const made = join(folder, 'made.mp4')
  const file = join(folder, 'gate')
  await ffmpeg('-stream_loop', '-1', '-i', video, '-t', '5', '-c:v', 'mpeg4', made)
  const program = join(import.meta.dirname, 'gated-program.ts')
  const command = [process.execPath, program, made, file, '{output}']
  return {
    ...{ speech, video },
    env: { ENGINE: 'command', COMMAND_ENGINE: JSON.stringify(command) },
    open: () => writeFileSync(file, ''),
    close: () => rmSync(file, { force: true }),
  }
}
