import { join } from 'node:path'
import { ffmpeg } from './ffmpeg.ts'
import { sample } from './worker.ts'

/** Media for tests of what goes on around a render: real faces and voices, in small pictures that render fast. */
export interface SmallMedia {
  /** Twelve seconds: long enough for a test to meet the render in the middle. */
  speech: string
  /** Two seconds, where only the result counts. */
  brief: string
  /** A presenter who speaks the speech, of six seconds. */
  talking: string
  /** A presenter of one second. */
  silent: string
}

/** Makes them in a folder. */
export async function makeSmallMedia(folder: string): Promise<SmallMedia> {
  const media = {
    speech: sample('speech_en_short.mp3'),
    brief: join(folder, 'brief.wav'),
    talking: join(folder, 'talking.mp4'),
    silent: join(folder, 'silent.mp4'),
  }
  await ffmpeg('-i', media.speech, '-t', '2', media.brief)
  await ffmpeg('-i', sample('presenter_kofi_720x1280_talking.mp4'), '-vf', 'scale=-2:320', media.talking)
  await ffmpeg('-i', sample('presenter_elena_1280x720.mp4'), '-t', '1', '-vf', 'scale=320:-2', media.silent)
  return media
}
