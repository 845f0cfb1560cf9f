import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ffmpegPath } from '#core/media/binaries'

const samples = fileURLToPath(new URL('../../../public/samples/', import.meta.url))
const presenter = (name: string) => join(samples, 'presenters', name)

export const PRESENTERS = {
  elena: presenter('presenter_elena_1280x720.mp4'),
  viktor: presenter('presenter_viktor_1920x1080.mp4'),
  kofi: presenter('presenter_kofi_720x1280_talking.mp4'),
  mei: presenter('presenter_mei_1280x720_talking_silent.mp4'),
}

/** The first seconds of the short English speech. */
export function cutSpeech(folder: string, seconds: number): Promise<string> {
  const path = join(folder, `speech-${seconds}.wav`)
  return write(['-i', join(samples, 'speech/speech_en_short.wav')], seconds, path)
}

/** The long English speech, over and over. */
export function loopSpeech(folder: string, seconds: number): Promise<string> {
  const path = join(folder, `loop-${seconds}.m4a`)
  return write(['-stream_loop', '-1', '-i', join(samples, 'speech/speech_en_long.mp3')], seconds, path)
}

async function write(input: string[], seconds: number, path: string): Promise<string> {
  await promisify(execFile)(ffmpegPath(), ['-v', 'error', '-y', ...input, '-t', String(seconds), path])
  return path
}
