import { join } from 'node:path'
import { decodeSpeech } from './speech-decoder.ts'

export interface SpeechTrack {
  /** The AAC track of the result, in the scratch folder. */
  path: string
  /** Exact length, measured in decoded samples. */
  seconds: number
}

export interface SpeechTrackRequest {
  audioPath: string
  scratchDir: string
  signal: AbortSignal
  /** Fraction of the speech that is decoded. */
  onFraction: (fraction: number) => void
  /** Takes mono samples at 16 kHz in chunks of any size, for engines that listen themselves. */
  onSamples?: (samples: Float32Array) => void
}

/** Sample rate of `onSamples`. */
export const SPEECH_RATE = 16_000

/** Decodes a speech once, as a stream: its exact length, its track for the result, and its samples. */
export async function speechTrack(request: SpeechTrackRequest): Promise<SpeechTrack> {
  const { audioPath, scratchDir, signal, onFraction, onSamples } = request
  const path = join(scratchDir, 'speech.m4a')
  let samples = 0
  await decodeSpeech({
    ...{ audioPath, trackPath: path, sampleRate: SPEECH_RATE, signal },
    onSamples(chunk, declaredSeconds) {
      samples += chunk.length
      onSamples?.(chunk)
      const seconds = samples / SPEECH_RATE
      onFraction(Math.min(1, seconds / Math.max(declaredSeconds, seconds, 0.01)))
    },
  })
  return { path, seconds: samples / SPEECH_RATE }
}
