import { MEL_BANDS, MEL_FLOOR, MEL_RATE, type Mel } from './mel.ts'

/** Mel frames that the network gets at once: 0.2 s. */
export const WINDOW_FRAMES = 16
/** Values of one window, band by band: (80, 16). */
export const WINDOW_LENGTH = MEL_BANDS * WINDOW_FRAMES

/**
 * First mel frame of the window of a result frame, as Wav2Lip's inference counts: int(80 t), and the last windows all
 * take the final 16. `leadSeconds` makes the lips come earlier than the sound.
 */
export function windowStart(frame: number, fps: number, leadSeconds: number, frameCount: number): number {
  const start = Math.trunc(frame * (MEL_RATE / fps) + leadSeconds * MEL_RATE)
  return Math.max(0, Math.min(start, frameCount - WINDOW_FRAMES))
}

/** Copies a window into `out` as the network takes it; a speech shorter than a window ends in silence. */
export function copyWindow({ frames, frameCount }: Mel, start: number, out: Float32Array): void {
  for (let n = 0; n < WINDOW_FRAMES; n++) {
    const from = (start + n) * MEL_BANDS
    const isThere = start + n < frameCount
    for (let band = 0; band < MEL_BANDS; band++) {
      out[band * WINDOW_FRAMES + n] = isThere ? frames[from + band] : MEL_FLOOR
    }
  }
}
