import { fileURLToPath } from 'node:url'
import { loadBasis } from '../../worker/engines/mouth/basis.ts'
import { mouthAt } from '../../worker/engines/mouth/curves.ts'
import { loadNetworks, releaseNetworks, runOnImage } from '../../worker/engines/mouth/networks.ts'
import { imageOf, loadPresenter, type Presenter } from '../../worker/engines/mouth/presenter.ts'
import { loadSpeech } from '../../worker/engines/mouth/speech.ts'
import { cropToRgb, squareCrop } from '../../worker/engines/mouth/yuv-image.ts'
import { InferenceSession } from '../../worker/engines/onnx-runtime.ts'
import { toNumber } from '../../worker/pipeline/frame-rate.ts'
import { readFrames } from '../../worker/pipeline/frame-reader.ts'
import { pingPongIndex } from '../../worker/pipeline/ping-pong.ts'
import { planVideo } from '../../worker/pipeline/video-plan.ts'

/** How well a result's lips follow the curve that drove them, seen by a network that had no part in it. */
export interface LipFollowing {
  /** Correlation at lag 0 of the opening seen in the result with the driven one. */
  result: number
  /** The same for the untouched source, looped alike: what chance gives. */
  source: number
  /** Lag in frames, within half a second, at which the result follows best; 0 when in time. */
  bestLag: number
}

export interface Measured {
  audioPath: string
  audioHash: string
  videoPath: string
  videoHash: string
  resultPath: string
  cacheDir: string
}

const SIZE = 112
/** Pairs of the 68 points: the inner lips, and the outer corners of the eyes. */
const LIP_PAIRS = [
  [61, 67],
  [62, 66],
  [63, 65],
]
const EYE_CORNERS = [36, 45]

/** Measures one result. The boxes around the face come from the source, so that results can't bend them. */
export async function measureLipFollowing(input: Measured): Promise<LipFollowing> {
  const signal = new AbortController().signal
  const networks = await loadNetworks()
  const { audioPath, audioHash, videoPath, videoHash, cacheDir } = input
  try {
    const plan = await planVideo(videoPath, signal)
    const fps = toNumber(plan.fps)
    const speech = await loadSpeech(networks.audio, {
      audioPath,
      audioHash,
      cacheDir,
      signal,
      onFraction: () => {},
    })
    const frames = Math.round(speech.seconds * fps)
    const presenter = await loadPresenter(networks, loadBasis(), {
      ...{ plan, videoHash, cacheDir, signal, framesNeeded: frames },
      onFrame: () => {},
    })
    const boxes = await faceBoxes(presenter)
    await presenter.analysis.close()
    const loop = (n: number) => pingPongIndex(n, presenter.length)
    const driven = Array.from({ length: frames }, (_, n) => {
      const { open, closed } = mouthAt(speech.curves, n / fps)
      return open * (1 - closed)
    })
    const seen = await lipOpenings(input.resultPath, frames, (n) => boxes[loop(n)])
    const own = await lipOpenings(videoPath, presenter.length, (n) => boxes[n])
    const source = driven.map((_, n) => own[loop(n)])
    return {
      result: correlation(seen, driven),
      source: correlation(source, driven),
      bestLag: bestLag(seen, driven),
    }
  } finally {
    await releaseNetworks(networks)
  }
}

interface Box {
  x: number
  y: number
  side: number
}

async function faceBoxes({ analysis, length }: Presenter): Promise<Box[]> {
  const boxes: Box[] = []
  for (let n = 0; n < length; n++) {
    const points = (await analysis.read(n, 1)).subarray(1)
    const xs = points.filter((_, k) => k % 2 === 0)
    const ys = points.filter((_, k) => k % 2 === 1)
    const [left, right] = [Math.min(...xs), Math.max(...xs)]
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)]
    boxes.push({
      x: (left + right) / 2,
      y: (top + bottom) / 2,
      side: Math.max(right - left, bottom - top) * 1.15,
    })
  }
  return boxes
}

/** Lip opening over eye distance in each frame, by the 68-point network. */
async function lipOpenings(path: string, frames: number, boxOf: (n: number) => Box): Promise<number[]> {
  const signal = new AbortController().signal
  const plan = await planVideo(path, signal)
  const model = fileURLToPath(new URL('../fixtures/models/lm68.onnx', import.meta.url))
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 })
  const planes = new Float32Array(3 * SIZE * SIZE)
  const openings: number[] = []
  for await (const data of readFrames(plan, { from: 0, to: frames }, signal)) {
    const { x, y, side } = boxOf(openings.length)
    cropToRgb(imageOf(plan, data), squareCrop(x, y, side, 0, SIZE), SIZE, planes, {
      scale: 1,
      offset: 0,
      border: 0,
    })
    const points = (await runOnImage(session, planes, SIZE))('out')
    const distance = ([a, b]: number[]) =>
      Math.hypot(points[2 * a] - points[2 * b], points[2 * a + 1] - points[2 * b + 1])
    openings.push(LIP_PAIRS.reduce((sum, pair) => sum + distance(pair), 0) / 3 / distance(EYE_CORNERS))
  }
  await session.release()
  return openings
}

/** Pearson's r over the shorter of both. */
export function correlation(a: number[], b: number[]): number {
  const n = Math.min(a.length, b.length)
  const mean = (values: number[]) => values.slice(0, n).reduce((sum, value) => sum + value, 0) / n
  const [meanA, meanB] = [mean(a), mean(b)]
  let [both, onlyA, onlyB] = [0, 0, 0]
  for (let k = 0; k < n; k++) {
    both += (a[k] - meanA) * (b[k] - meanB)
    onlyA += (a[k] - meanA) ** 2
    onlyB += (b[k] - meanB) ** 2
  }
  return both / Math.sqrt(onlyA * onlyB + 1e-12)
}

function bestLag(seen: number[], driven: number[]): number {
  const at = (lag: number) =>
    lag >= 0 ? correlation(seen.slice(lag), driven) : correlation(seen, driven.slice(-lag))
  const lags = Array.from({ length: 25 }, (_, n) => n - 12)
  return lags.reduce((best, lag) => (at(lag) > at(best) ? lag : best), 0)
}
