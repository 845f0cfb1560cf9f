import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { RenderOptions } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import { type KnownNetwork, knownNetwork, randomNetwork, writeNetwork } from '#test/fixtures/wav2lip/networks'
import { runningBelow } from '#test/setup/processes'
import { frameHashes, probeResult } from '#test/worker/engines/probes'
import {
  type Attempt,
  awkward,
  cutSpeech,
  failureOf,
  hashOf,
  inputFor,
  makeClip,
  presenter,
  type Rendered,
  renderWith,
  settingsOf,
  setUpFolder,
  speech,
} from '#test/worker/engines/stage'
import { parseDevice } from '#worker/engine-contract/device'
import type { Engine } from '#worker/engine-contract/engine'
import { InferenceSession } from '#worker/engine-contract/onnx-runtime'
import { loadBasis } from '#worker/engines/vision/basis'
import { loadFaceNetworks, releaseFaceNetworks } from '#worker/engines/vision/face-networks'
import { loadPresenter } from '#worker/engines/vision/presenter'
import { type FaceBoxes, readFaceBoxes } from '#worker/engines/wav2lip/face-boxes'
import { createFaceInput } from '#worker/engines/wav2lip/face-input'
import { createMelStream, type Mel } from '#worker/engines/wav2lip/mel'
import { copyWindow, WINDOW_LENGTH, windowStart } from '#worker/engines/wav2lip/mel-windows'
import { checkWav2Lip } from '#worker/engines/wav2lip/readiness'
import { createWav2LipEngine } from '#worker/engines/wav2lip/wav2lip'
import { planVideo } from '#worker/pipeline/video-plan'

// The published shape is 36 million weights, which a busy machine takes its time over.
vi.setConfig({ testTimeout: 120_000 })

const run = promisify(execFile)
const stage = setUpFolder()
const video = awkward('video_without_audio.mp4')
const [WIDTH, HEIGHT] = [640, 360]
let audio: string
/** Engines by what they were made of: each is loaded once. */
const engines = new Map<string, Promise<Engine>>()

beforeAll(async () => {
  // Silence, then noise: the mean of a mel window tells exactly when.
  audio = join(stage.folder, 'onset.wav')
  const source = "aevalsrc='if(lt(t,0.5),0,0.7*(random(0)-0.5))':s=16000:d=1.2"
  await run(ffmpegPath(), ['-v', 'error', '-f', 'lavfi', '-i', source, '-c:a', 'pcm_s16le', audio])
})
afterAll(async () => {
  for (const engine of engines.values()) await (await engine).close()
})

function engineWith(network: KnownNetwork | 'random', env: Record<string, string> = {}): Promise<Engine> {
  const key = JSON.stringify([network, env])
  const known = engines.get(key)
  if (known) return known
  const loading = loadWith(network, env)
  engines.set(key, loading)
  return loading
}

async function loadWith(network: KnownNetwork | 'random', env: Record<string, string>): Promise<Engine> {
  const path = join(stage.folder, `${JSON.stringify(network).replace(/\W+/g, '-')}.onnx`)
  await writeNetwork(path, network === 'random' ? randomNetwork() : knownNetwork(network))
  const engine = createWav2LipEngine(settingsOf({ WAV2LIP_MODEL: path, ...env }).wav2lip)
  await engine.load('cpu')
  return engine
}

const render = (engine: Engine, more: Partial<Attempt> = {}) =>
  renderWith(engine, stage, { audio, video, ...more })

interface Picture {
  /** Red, green and blue of the mean over 3 x 3 pixels. */
  at(x: number, y: number): number[]
  data: Buffer
}

async function picturesOf(path: string): Promise<Picture[]> {
  const args = ['-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-']
  const { stdout } = await run(ffmpegPath(), args, { maxBuffer: 2 ** 28, encoding: 'buffer' })
  const bytes = WIDTH * HEIGHT * 3
  return Array.from({ length: stdout.length / bytes }, (_, n) => {
    const data = stdout.subarray(n * bytes, (n + 1) * bytes)
    const pixel = (x: number, y: number, channel: number) =>
      data[3 * (Math.round(y) * WIDTH + Math.round(x)) + channel]
    const around = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => [dx, dy]))
    const at = (x: number, y: number) =>
      [0, 1, 2].map(
        (channel) => around.reduce((sum, [dx, dy]) => sum + pixel(x + dx, y + dy, channel), 0) / 9,
      )
    return { at, data }
  })
}

let boxes: Promise<FaceBoxes> | null = null
const boxesOf = () => (boxes ??= readBoxes())

async function readBoxes(): Promise<FaceBoxes> {
  const { signal } = new AbortController()
  const plan = await planVideo(video, signal)
  const networks = await loadFaceNetworks()
  const basis = loadBasis()
  const request = {
    plan,
    videoHash: await hashOf(video),
    cacheDir: stage.cacheDir,
    framesNeeded: 30,
    signal,
    onFrame() {},
  }
  const { analysis, length } = await loadPresenter(networks, basis, request)
  const found = await readFaceBoxes(analysis, basis, length, plan)
  await analysis.close()
  await releaseFaceNetworks(networks)
  return found
}

async function melOfSpeech(): Promise<Mel> {
  const args = ['-v', 'error', '-i', audio, '-f', 'f32le', '-']
  const { stdout } = await run(ffmpegPath(), args, { maxBuffer: 2 ** 24, encoding: 'buffer' })
  const stream = createMelStream()
  stream.push(new Float32Array(Uint8Array.from(stdout).buffer))
  return stream.finish()
}

/** The green that the known network draws in a frame. */
function greenAt(mel: Mel, frame: number, leadMs: number): number {
  const window = new Float32Array(WINDOW_LENGTH)
  copyWindow(mel, windowStart(frame, 25, leadMs / 1000, mel.frameCount), window)
  return 255 * (window.reduce((sum, value) => sum + value, 0) / WINDOW_LENGTH / 8 + 0.5)
}

/** Holds every frame of a result against what the known network draws: where, which colour, and when. */
async function expectKnownPicture({ input, result }: Rendered, leadMs: number): Promise<void> {
  const [pictures, sources, boxes, mel] = await Promise.all([
    ...[picturesOf(input.outputPath), picturesOf(video)],
    ...([boxesOf(), melOfSpeech()] as const),
  ] as const)
  expect(pictures).toHaveLength(result.frames)
  pictures.forEach((picture, frame) => {
    const [left, top, right, bottom] = boxes.subarray(4 * frame, 4 * frame + 4)
    const place = (across: number, down: number) =>
      [left + across * (right - left), top + down * (bottom - top)] as const
    const expected = [0.9 * 255, greenAt(mel, frame, leadMs), 0.1 * 255]
    for (const [across, down] of [
      [0.5, 0.75],
      [0.3, 0.7],
      [0.7, 0.85],
    ]) {
      const seen = picture.at(...place(across, down))
      seen.forEach((value, channel) => {
        expect(Math.abs(value - expected[channel]), `frame ${frame}, channel ${channel}`).toBeLessThan(9)
      })
    }
    for (const [across, down] of [
      [0.5, 0.25],
      [0.5, 0.4],
      [-0.3, 0.7],
      [1.3, 0.7],
      [0.5, 1.1],
    ]) {
      const source = sources[frame].at(...place(across, down))
      picture.at(...place(across, down)).forEach((value, channel) => {
        expect(Math.abs(value - source[channel]), `frame ${frame}, ${across} ${down}`).toBeLessThan(12)
      })
    }
  })
}

test.for([0, 120, -80])(
  'a known network is drawn where, when and in the colours it should: lead %d ms',
  async (leadMs) => {
    const engine = await engineWith({})
    const made = await render(engine, { options: { leadMs } })
    expect(made.result).toMatchObject({ frames: 30, fps: 25, width: WIDTH, height: HEIGHT })
    await expectKnownPicture(made, leadMs)
    const probe = await probeResult(made.input.outputPath)
    expect(Math.abs(Number(probe.audio.duration) - 1.2)).toBeLessThan(0.05)
  },
)

test('names, order, size and a fixed batch are read from the network', async () => {
  const engine = await engineWith({
    size: 128,
    batch: 7,
    names: { mel: 'audio', face: 'x', faceFirst: true },
  })
  await expectKnownPicture(await render(engine, { options: { leadMs: 0 } }), 0)
})

test('batches of any size give the same frames', async () => {
  const one = await render(await engineWith({}, { WAV2LIP_BATCH: '1' }))
  const all = await render(await engineWith({}, { WAV2LIP_BATCH: '64' }))
  const [a, b] = await Promise.all([picturesOf(one.input.outputPath), picturesOf(all.input.outputPath)])
  expect(a.every(({ data }, n) => data.equals(b[n].data))).toBe(true)
})

test('out of memory asks for a new process and one more attempt, which takes half as many frames', async () => {
  const engine = await engineWith({ greedy: true }, { WAV2LIP_BATCH: '4' })
  const first = await failureOf(render(engine))
  expect(first).toMatchObject({ code: 'out_of_memory', transient: true, restart: true, params: { batch: 4 } })
  await expect(render(engine, { attempt: 2 })).resolves.toMatchObject({ result: { frames: 30 } })
  const greedier = await engineWith({ greedy: true }, { WAV2LIP_BATCH: '16' })
  expect(await failureOf(render(greedier, { attempt: 2 }))).toMatchObject({
    code: 'out_of_memory',
    transient: false,
  })
})

test('a network of the published shape renders', async () => {
  const engine = await engineWith('random')
  const short = await cutSpeech(stage, speech('speech_en_short.wav'), 0.2)
  const { input, result, progress } = await render(engine, { audio: short })
  expect(Number((await probeResult(input.outputPath)).video.nb_read_frames)).toBe(result.frames)
  expect(progress.map(({ stage }) => stage)).toContain('render')
})

test.for<[Partial<RenderOptions>, object]>([
  [
    { size: 480, fps: 30 },
    { width: 854, height: 480, fps: 30, frames: 13 },
  ],
  [{ quality: 'preview' }, { width: 854, height: 480, fps: 25, frames: 11 }],
])('options %o give %o', async ([options, expected]) => {
  const engine = await engineWith({})
  const short = await cutSpeech(stage, speech('speech_en_short.wav'), 0.43)
  const { input, result } = await render(engine, {
    audio: short,
    video: presenter('presenter_elena_1280x720.mp4'),
    options,
  })
  expect(result).toMatchObject(expected)
  const { video: probed } = await probeResult(input.outputPath)
  expect([probed.width, probed.height]).toEqual([854, 480])
})

test.for<[RenderOptions['face'], number]>([
  ['left', 0],
  ['right', 1],
  [{ x: 0.75, y: 0.4 }, 1],
])('of two faces %o speaks, and the other is left alone', async ([face, side]) => {
  const two = join(stage.folder, 'two.mp4')
  const half = 'scale=640:360,crop=320:360'
  const graph = `[0]${half}[a];[1]${half}[b];[a][b]hstack`
  const [elena, mei] = ['elena_1280x720', 'mei_1280x720_talking_silent'].flatMap((name) => [
    ['-t', '0.4', '-i', presenter(`presenter_${name}.mp4`)],
  ])
  await run(ffmpegPath(), ['-y', ...elena, ...mei, '-filter_complex', graph, '-an', '-crf', '18', two])
  const short = await cutSpeech(stage, speech('speech_en_short.wav'), 0.2)
  const { input } = await render(await engineWith({}), { audio: short, video: two, options: { face } })
  const [[drawn], [source]] = await Promise.all([picturesOf(input.outputPath), picturesOf(two)])
  const changed = [0, 0]
  drawn.data.forEach((value, n) => {
    if (Math.abs(value - source.data[n]) > 40) changed[Math.trunc(((n / 3) % WIDTH) / (WIDTH / 2))]++
  })
  expect(changed[side]).toBeGreaterThan(2000)
  expect(changed[1 - side]).toBeLessThan(50)
})

test('a short video stays on its last frame where that is asked for', async () => {
  const engine = await engineWith({})
  const long = await cutSpeech(stage, speech('speech_en_short.wav'), 2.4)
  const { input, result } = await render(engine, { audio: long, options: { shortVideo: 'freeze' } })
  expect(result.frames).toBe(60)
  const pictures = await picturesOf(input.outputPath)
  const background = (n: number) => pictures[n].at(20, 180)
  const [held, later] = [background(50), background(59)]
  held.forEach((value, channel) => {
    expect(Math.abs(value - later[channel])).toBeLessThan(4)
  })
})

test('where the face is gone the picture stays as it was, with fades', async () => {
  const gone = "scale=640:360,drawbox=color=gray:t=fill:enable='gt(t,0.75)'"
  const source = presenter('presenter_elena_1280x720.mp4')
  const leaving = await makeClip(
    stage,
    'leaving.mp4',
    '-t',
    '1.2',
    '-i',
    source,
    '-an',
    '-vf',
    gone,
    '-crf',
    '12',
  )
  const { input } = await render(await engineWith({}), { video: leaving })
  const [drawn, sources] = await Promise.all([picturesOf(input.outputPath), picturesOf(leaving)])
  const changes = drawn.map(({ data }, n) =>
    data.reduce((sum, value, k) => sum + Math.max(0, Math.abs(value - sources[n].data[k]) - 20), 0),
  )
  // The box starts with frame 19; the five frames before it fade.
  expect(Math.min(...changes.slice(0, 13))).toBeGreaterThan(100_000)
  expect(changes[17]).toBeLessThan(changes[10] / 2)
  expect(Math.max(...changes.slice(19))).toBeLessThan(1000)
})

test('a render that goes on from a segment shows the frames of one that was never stopped', async () => {
  const engine = await engineWith({})
  const inputOf = async (name: string) => ({
    ...(await inputFor(stage, audio, video)),
    ...{ checkpointDir: join(stage.folder, name), segmentSeconds: 0.4 },
  })
  const [whole, parts] = [await inputOf('whole'), await inputOf('parts')]
  const { signal } = new AbortController()
  await engine.render(whole, { signal, onProgress() {} })
  const abort = new AbortController()
  const atCheckpoint = () => abort.abort(new Error('preempted'))
  const stopped = engine.render(parts, { signal: abort.signal, onProgress() {}, atCheckpoint })
  await expect(stopped).rejects.toThrow('preempted')
  const resumed: number[] = []
  await engine.render(parts, { signal, onProgress() {}, onResumed: (frame) => void resumed.push(frame) })
  expect(resumed).toEqual([10])
  expect(await frameHashes(parts.outputPath)).toEqual(await frameHashes(whole.outputPath))
})

test('an abort ends it while the network still works, and says why', async () => {
  const engine = await engineWith({})
  const abort = new AbortController()
  const reason = new Error('cancelled')
  const late = Promise.withResolvers<never>()
  const sessions = InferenceSession as unknown as { prototype: { run: () => Promise<never> } }
  const answer = () => {
    setImmediate(() => abort.abort(reason))
    return late.promise
  }
  const rendering = render(engine, {
    signal: abort.signal,
    onProgress: ({ stage }) =>
      stage === 'render' && vi.spyOn(sessions.prototype, 'run').mockImplementation(answer),
  })
  try {
    await expect(rendering).rejects.toBe(reason)
    expect(runningBelow('ffmpeg')).toEqual([])
  } finally {
    vi.restoreAllMocks()
    late.reject(reason)
  }
})

test('whether it is ready is said in plain words, without loading anything', async () => {
  const check = (env: Record<string, string>, device = 'cpu') =>
    checkWav2Lip(settingsOf(env).wav2lip, parseDevice(device))
  expect(await check({})).toMatchObject({ ready: false, code: 'weights_not_set' })
  expect(await check({ WAV2LIP_MODEL: '/no/such.onnx' })).toMatchObject({
    ready: false,
    code: 'weights_missing',
  })
  expect(await check({ WAV2LIP_MODEL: video })).toMatchObject({
    ready: true,
    note: expect.stringMatching(/research/),
  })
  expect(await check({ WAV2LIP_MODEL: video }, 'heygem')).toMatchObject({ code: 'device_unsupported' })
  const foreign = process.platform === 'darwin' ? 'dml' : 'coreml'
  const missing = await check({ WAV2LIP_MODEL: video }, foreign)
  expect(missing).toMatchObject({ ready: false, code: 'provider_missing', params: { provider: foreign } })
})

test('a device that is not offered, and weights of another kind, are refused at load', async () => {
  const load = (model: string, device: string) =>
    failureOf(createWav2LipEngine(settingsOf({ WAV2LIP_MODEL: model }).wav2lip).load(device))
  const foreign = process.platform === 'darwin' ? 'dml' : 'coreml'
  expect(await load(video, foreign)).toMatchObject({
    code: 'engine_not_ready',
    params: { why: 'provider_missing' },
  })
  expect(await load(video, 'cpu')).toMatchObject({ code: 'engine_not_ready', params: { why: 'network' } })
  const other = join(import.meta.dirname, '../../../../tools/measure/models/lm68.onnx')
  expect((await load(other, 'cpu')).message).toMatch(/a Wav2Lip network takes \(B, 1, 80, 16\)/)
})

test('the network is given BGR, with the half to draw blacked out, then the face as it is', () => {
  const size = 8
  // Pure red in BT.601, limited range.
  const data = Buffer.concat([
    Buffer.alloc(64 * 64, 81),
    Buffer.alloc(32 * 32, 90),
    Buffer.alloc(32 * 32, 240),
  ])
  const out = new Float32Array(6 * size * size)
  createFaceInput(size)(
    { data, width: 64, height: 64, fullRange: false, matrix: 'bt601' },
    [10, 20, 40, 60],
    out,
  )
  const plane = (channel: number) => out.subarray(channel * size * size, (channel + 1) * size * size)
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length
  const halves = [0, 1, 2].map((channel) =>
    [plane(channel).subarray(0, 32), plane(channel).subarray(32)].map(mean),
  )
  expect(halves.flat().map((value) => Math.round(value * 20) / 20)).toEqual([0, 0, 0, 0, 1, 0])
  expect([3, 4, 5].map((channel) => Math.round(mean(plane(channel)) * 20) / 20)).toEqual([0, 0, 1])
})
