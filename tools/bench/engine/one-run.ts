/**
 * One run of the engine bench, in a process of its own so that no run warms another: takes what to do as JSON and
 * prints one line of JSON.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { loopSource } from '#tools/measure/loop-source'
import { median } from '#tools/measure/statistics'
import { hashOf, openSubject } from '#tools/measure/subject'
import type { Progress, RenderInput } from '#worker/engine-contract/engine'
import { InferenceSession, Tensor } from '#worker/engine-contract/onnx-runtime'
import { createMouthEngine } from '#worker/engines/mouth/mouth'
import { loadNetworks, releaseNetworks } from '#worker/engines/mouth/networks'
import { loadBank } from '#worker/engines/mouth/units/bank'
import { castUnits } from '#worker/engines/mouth/units/cast'
import { regionOf } from '#worker/engines/mouth/units/region'
import { openUnitCutter } from '#worker/engines/mouth/units/unit-cutter'
import { toNumber } from '#worker/pipeline/frame-rate'
import { planVideo } from '#worker/pipeline/video-plan'

export type Task =
  /** Decode, copy, encode: what a render that did nothing would take. */
  | { kind: 'bare'; videoPath: string; seconds: number }
  /** Whole renders, one after the other, with one engine and one cache. */
  | { kind: 'render'; videoPaths: string[]; audioPath: string; cacheDir: string }
  /** A render that is aborted in its middle. */
  | { kind: 'abort'; videoPath: string; audioPath: string; cacheDir: string }
  /** The way through a presenter's own mouths for a whole speech, alone. */
  | { kind: 'cast'; videoPath: string; audioPath: string; cacheDir: string }
  /** A Wav2Lip network alone. */
  | { kind: 'network'; modelPath: string; batches: number }

export interface Outcome {
  frames: number
  /** Wall time of the work alone: without starting the process and loading the networks. */
  seconds: number
  /** The same from the start of the process. */
  processSeconds: number
  /** Most memory of this process, without its children, in bytes. */
  peakBytes: number
  /** Longest time in which a render said nothing of its progress, in seconds. */
  silence?: number
}

type Work = Pick<Outcome, 'frames' | 'seconds' | 'silence'>

const { signal } = new AbortController()

async function run(task: Task): Promise<Outcome> {
  const scratchDir = await mkdtemp(join(tmpdir(), 'greenroom-bench-run-'))
  try {
    const work = await doTask(task, scratchDir)
    const processSeconds = process.uptime()
    return { ...work, processSeconds, peakBytes: process.resourceUsage().maxRSS * 1024 }
  } finally {
    await rm(scratchDir, { recursive: true, force: true })
  }
}

function doTask(task: Task, scratchDir: string): Promise<Work> {
  if (task.kind === 'bare') return bare(task.videoPath, task.seconds, scratchDir)
  if (task.kind === 'render') return render(task, scratchDir)
  if (task.kind === 'abort') return abort(task, scratchDir)
  if (task.kind === 'cast') return cast(task, scratchDir)
  return network(task.modelPath, task.batches)
}

async function bare(videoPath: string, seconds: number, scratchDir: string) {
  const started = performance.now()
  const plan = await planVideo(videoPath, signal)
  const fps = toNumber(plan.fps)
  const wanted = Math.round(seconds * fps)
  const length = Math.min(wanted, Math.round(plan.durationSeconds * fps))
  const request = { plan, length, frames: wanted, options: DEFAULT_OPTIONS, scratchDir, signal }
  const frames = await loopSource(request)
  return { frames, seconds: (performance.now() - started) / 1000 }
}

async function render({ videoPaths, ...files }: Task & { kind: 'render' }, scratchDir: string) {
  const engine = createMouthEngine()
  await engine.load('cpu')
  const outcome = { frames: 0, seconds: 0, silence: 0 }
  for (const videoPath of videoPaths) {
    const input = await inputOf({ ...files, videoPath }, scratchDir)
    const started = performance.now()
    let reportedAt = started
    const onProgress = () => {
      const now = performance.now()
      outcome.silence = Math.max(outcome.silence, (now - reportedAt) / 1000)
      reportedAt = now
    }
    const result = await engine.render(input, { signal, onProgress })
    onProgress()
    outcome.seconds += (performance.now() - started) / 1000
    outcome.frames += result.frames
  }
  await engine.close()
  return outcome
}

/** The time from the abort until the render has given up and its processes are gone. */
async function abort(files: Task & { kind: 'abort' }, scratchDir: string) {
  const engine = createMouthEngine()
  await engine.load('cpu')
  const input = await inputOf(files, scratchDir)
  const stop = new AbortController()
  let aborted = 0
  const onProgress = ({ stage, framesDone }: Progress) => {
    if (stage !== 'render' || framesDone < ABORTED_AT || stop.signal.aborted) return
    aborted = performance.now()
    stop.abort()
  }
  await engine.render(input, { signal: stop.signal, onProgress }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  if (aborted === 0) throw new Error('The render was over before it could be aborted.')
  const seconds = (performance.now() - aborted) / 1000
  await engine.close()
  return { frames: ABORTED_AT, seconds }
}

async function cast({ videoPath, audioPath, cacheDir }: Files, scratchDir: string): Promise<Work> {
  const networks = await loadNetworks()
  const request = { sourcePath: videoPath, audioPath, cacheDir, options: DEFAULT_OPTIONS, signal }
  const { plan, basis, presenter, frames, poseAt, shown, close } = await openSubject(networks, request)
  const region = regionOf(basis)
  const cutter = await openUnitCutter(plan, basis, region, scratchDir, presenter.length)
  const bank = await loadBank({ presenter, basis, region, cutter, signal })
  if (!bank) throw new Error('The presenter shows no mouths to choose from.')
  const started = performance.now()
  const { measures } = presenter
  await castUnits({ bank, measures, motion: poseAt, frames, sourceOf: shown, signal })
  const seconds = (performance.now() - started) / 1000
  await Promise.all([cutter.close(), close(), releaseNetworks(networks)])
  return { frames, seconds }
}

/** The frame after which a render is aborted. */
const ABORTED_AT = 40

interface Files {
  videoPath: string
  audioPath: string
  cacheDir: string
}

async function inputOf({ videoPath, audioPath, cacheDir }: Files, scratchDir: string): Promise<RenderInput> {
  const [audioHash, videoHash] = await Promise.all([hashOf(audioPath), hashOf(videoPath)])
  const outputPath = join(scratchDir, 'result.mp4')
  const options = DEFAULT_OPTIONS
  return { audioPath, audioHash, videoPath, videoHash, outputPath, cacheDir, scratchDir, options }
}

/** Frames that the network takes at once. */
const BATCH = 4

/** Median over batches, on as many threads as the machine has: a render's processes use them all as well. */
async function network(modelPath: string, batches: number) {
  const session = await InferenceSession.create(modelPath, { intraOpNumThreads: availableParallelism() })
  const inputs = {
    mel_spectrogram: new Tensor('float32', new Float32Array(BATCH * 80 * 16), [BATCH, 1, 80, 16]),
    video_frames: new Tensor('float32', new Float32Array(BATCH * 6 * 96 * 96).fill(0.5), [BATCH, 6, 96, 96]),
  }
  await session.run(inputs)
  const times: number[] = []
  for (let n = 0; n < batches; n++) {
    const started = performance.now()
    await session.run(inputs)
    times.push((performance.now() - started) / 1000)
  }
  await session.release()
  return { frames: BATCH, seconds: median(times) }
}

// Last, so that every constant above exists by now.
process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2]) as Task))}\n`)
