import type { Workload } from '#core/forecast/cost-model'

/** What of an uploaded video its renders' cost depends on. */
export interface PresenterSize {
  id: string
  durationMs: number
  width: number | null
  height: number | null
  fps: number | null
}

/** The render of a video with a speech of this length, as the cost model sees it. */
export function workloadOf(presenter: PresenterSize, speechMs: number, cachedAnalysis: boolean): Workload {
  const fps = presenter.fps ?? 25
  return {
    presenterId: presenter.id,
    outputPixels: (presenter.width ?? 1280) * (presenter.height ?? 720),
    frames: Math.max(1, Math.round((speechMs / 1000) * fps)),
    clipFrames: Math.max(1, Math.round((presenter.durationMs / 1000) * fps)),
    cachedAnalysis,
  }
}
