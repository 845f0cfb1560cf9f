import type { Progress, Stage } from '#worker/engine-contract/engine'

export interface StageProgress {
  /** Starts a stage that covers the fractions [from, to] of the whole render. */
  stage(stage: Stage, from: number, to: number): void
  /** Frames done in this stage. */
  frames(done: number, total: number): void
  /** How far this stage is, 0..1, where it has no frames. */
  portion(done: number): void
  /** The whole render is at least so far, whatever the stages say until they get there. */
  atLeast(fraction: number): void
  stop(): void
}

/** The state is told again after this long at the latest, so that silence means a dead worker. */
const BEAT_MS = 250
/** And at most this often between. */
const MIN_GAP_MS = 100
/** Frame rates are measured over the last seconds. */
const RATE_WINDOW_MS = 3000

/** Turns what the stages say into a steady stream of progress: at least twice, at most ten times a second. */
export function createStageProgress(onProgress: (progress: Progress) => void): StageProgress {
  let range = { from: 0, to: 0 }
  let state: Progress = { stage: 'prepare', fraction: 0, framesDone: 0, frames: null, fps: null }
  let toldAt = 0
  let marks: { at: number; frames: number }[] = []

  const tell = () => {
    toldAt = performance.now()
    onProgress({ ...state })
  }
  const advance = (share: number) => {
    const fraction = range.from + (range.to - range.from) * Math.min(1, Math.max(0, share))
    state.fraction = Math.max(state.fraction, fraction)
    if (state.fraction >= 1 || performance.now() - toldAt >= MIN_GAP_MS) tell()
  }
  tell()
  const beat = setInterval(tell, BEAT_MS)
  return {
    stage(stage, from, to) {
      range = { from, to }
      marks = []
      state = {
        ...state,
        stage,
        fraction: Math.max(state.fraction, from),
        framesDone: 0,
        frames: null,
        fps: null,
      }
      tell()
    },
    frames(done, total) {
      const now = performance.now()
      if (marks.length === 0 || now - marks[marks.length - 1].at > 200) marks.push({ at: now, frames: done })
      while (marks.length > 2 && now - marks[0].at > RATE_WINDOW_MS) marks.shift()
      const elapsed = now - marks[0].at
      const fps = elapsed > 300 ? ((done - marks[0].frames) / elapsed) * 1000 : null
      state = { ...state, framesDone: done, frames: total, fps }
      advance(done / Math.max(1, total))
    },
    portion: advance,
    atLeast(fraction) {
      state.fraction = Math.max(state.fraction, fraction)
      tell()
    },
    stop: () => clearInterval(beat),
  }
}
