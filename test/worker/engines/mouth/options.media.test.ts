import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { DEFAULT_OPTIONS, type RenderOptions, supportsOption } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import { probeMedia } from '#core/media/probe'
import { frameHashes, probeResult } from '#test/worker/engines/probes'
import { cutSpeech, inputFor, presenter, renderOn, setUpStage, speech } from '#test/worker/engines/stage'
import { AUDIO_MODEL } from '#worker/engines/mouth/speech/audio-network'
import { mouthAt } from '#worker/engines/mouth/speech/curves'
import { loadSpeech } from '#worker/engines/mouth/speech/speech'
import { openNetwork } from '#worker/engines/vision/face-networks'
import { writePlainVideo } from '#worker/pipeline/plain-media'

// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 90_000 })
const run = promisify(execFile)
const stage = setUpStage()
const { signal } = new AbortController()
const ELENA = presenter('presenter_elena_1280x720.mp4')
const MEI = presenter('presenter_mei_1280x720_talking_silent.mp4')
const [WIDTH, HEIGHT] = [640, 360]
let audio: string
/** For what is seen at once. */
let brief: string
/** A second of a presenter. */
let elena: string
/** One picture for two seconds: whatever moves in a result is the engine's doing. */
let still: string

beforeAll(async () => {
  audio = await cutSpeech(stage, speech('speech_en_short.wav'), 2)
  brief = await cutSpeech(stage, speech('speech_en_short.wav'), 0.8)
  elena = await clip('elena.mp4', '-t', '0.6', '-i', ELENA)
  still = await clip('still.mp4', '-i', ELENA, '-vf', 'trim=end_frame=1,loop=49:1:0,scale=640:360')
})

async function clip(name: string, ...args: string[]): Promise<string> {
  const path = join(stage.folder, name)
  await run(ffmpegPath(), ['-v', 'error', '-y', ...args, '-an', '-r', '25', '-crf', '12', path])
  return path
}

/** Results so far, by what they were made of. */
const results = new Map<string, Promise<string>>()

/** Renders, once for all tests that ask for the same, and returns the result's path. */
function rendered(video: string, options: Partial<RenderOptions>, spoken = audio): Promise<string> {
  const key = JSON.stringify([video, spoken, { ...DEFAULT_OPTIONS, ...options }])
  const known = results.get(key)
  if (known) return known
  const rendering = renderOn(stage, spoken, video, options).then(({ input }) => input.outputPath)
  results.set(key, rendering)
  return rendering
}

/** The luma of every frame. */
async function lumas(path: string): Promise<Buffer[]> {
  const args = [
    '-v',
    'error',
    '-i',
    path,
    '-vf',
    `scale=${WIDTH}:${HEIGHT}`,
    '-pix_fmt',
    'gray',
    '-f',
    'rawvideo',
    '-',
  ]
  const { stdout } = await run(ffmpegPath(), args, { encoding: 'buffer', maxBuffer: 2 ** 28 })
  const size = WIDTH * HEIGHT
  return Array.from({ length: stdout.length / size }, (_, n) => stdout.subarray(n * size, (n + 1) * size))
}

/** Sum of the changes of luma between two pictures, of those beyond the encoder's noise. */
function change(a: Buffer, b: Buffer, from = 0, to = WIDTH): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) {
    const x = at % WIDTH
    const difference = Math.abs(a[at] - b[at])
    if (x >= from && x < to && difference > 12) sum += difference
  }
  return sum
}

function correlation(a: number[], b: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [ma, mb] = [mean(a), mean(b)]
  const product = (x: number[], mx: number, y: number[], my: number) =>
    x.reduce((sum, value, n) => sum + (value - mx) * (y[n] - my), 0)
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb))
}

const total = (a: Buffer[], b: Buffer[], from?: number, to?: number): number =>
  a.reduce((sum, picture, n) => sum + change(picture, b[n], from, to), 0)

test.for<[Partial<RenderOptions>, object]>([
  [{}, { width: 1280, height: 720, r_frame_rate: '25/1', nb_read_frames: '20' }],
  [{ fps: 30 }, { width: 1280, height: 720, r_frame_rate: '30/1', nb_read_frames: '24' }],
  [{ size: 480 }, { width: 854, height: 480, r_frame_rate: '25/1' }],
  [{ size: 1080 }, { width: 1280, height: 720 }],
  [
    { quality: 'preview', fps: 24 },
    { width: 854, height: 480, r_frame_rate: '24/1', nb_read_frames: '19' },
  ],
])('options %o give %o', async ([options, expected]) => {
  expect((await probeResult(await rendered(elena, options, brief))).video).toMatchObject(expected)
})

test('a smaller result comes out the same, whatever other sizes left in the cache', async () => {
  await rendered(elena, {}, brief)
  const after = await rendered(elena, { size: 480 }, brief)
  const fresh = { ...stage, cacheDir: join(stage.folder, 'fresh') }
  const { input } = await renderOn(fresh, brief, elena, { size: 480 })
  expect(await frameHashes(after)).toEqual(await frameHashes(input.outputPath))
})

test('quality decides how much time the encoder takes, and how good it is', async () => {
  const settings = async (quality: RenderOptions['quality']) => {
    const text = (await readFile(await rendered(still, { quality }, brief))).toString('latin1')
    return ['crf', 'subme'].map((name) => Number(new RegExp(`${name}=([\\d.]+)`).exec(text)?.[1]))
  }
  const all = [await settings('preview'), await settings('standard'), await settings('high')]
  expect(all.map(([crf]) => crf)).toEqual([23, 18, 16])
  expect(all.map(([, effort]) => effort)).toEqual([1, 2, 7])
})

test.for<[RenderOptions['face'], number]>([
  ['left', 0],
  ['right', 1],
  [{ x: 0.75, y: 0.4 }, 1],
])('of two faces %o speaks, and the other stays as it was', async ([face, side]) => {
  const half = 'trim=end_frame=1,loop=19:1:0,scale=640:360,crop=320:360'
  const graph = `[0]${half}[a];[1]${half}[b];[a][b]hstack`
  const two = await clip('two.mp4', '-i', ELENA, '-i', MEI, '-filter_complex', graph)
  const [result, source] = [await lumas(await rendered(two, { face }, brief)), await lumas(two)]
  const [left, right] = [total(result, source, 0, WIDTH / 2), total(result, source, WIDTH / 2)]
  expect([left, right][side]).toBeGreaterThan(10_000)
  expect([left, right][1 - side]).toBeLessThan([left, right][side] / 50)
})

test('the lips lead the sound by as much as asked for', async () => {
  const [early, late] = [
    await lumas(await rendered(still, { leadMs: 200 })),
    await lumas(await rendered(still, { leadMs: 0 })),
  ]
  const shifted = (frames: number) => total(early.slice(0, 40), late.slice(frames, frames + 40))
  const distances = [0, 2, 5, 8].map(shifted)
  expect(distances.indexOf(Math.min(...distances))).toBe(2)
  expect(distances[2]).toBeLessThan(distances[0] / 10)
})

test('each frame shows the mouth of its own moment', async () => {
  const pictures = await lumas(await rendered(still, { leadMs: 0 }))
  const { audioPath, audioHash, cacheDir } = await inputFor(stage, audio, still)
  const network = await openNetwork(AUDIO_MODEL)
  const { curves } = await loadSpeech(network, { audioPath, audioHash, cacheDir, signal, onFraction() {} })
  await network.release()
  const openings = pictures.map((_, n) => {
    const { open, closed } = mouthAt(curves, n / 25, 0)
    return open * (1 - closed)
  })
  const moved = pictures.map((picture) => change(picture, pictures[0]))
  const fits = [-2, -1, 0, 1, 2].map((lag) =>
    correlation(moved.slice(2, 48), openings.slice(2 + lag, 48 + lag)),
  )
  expect(fits.indexOf(Math.max(...fits))).toBe(2)
  expect(fits[2]).toBeGreaterThan(0.8)
})

test('a stronger mouth moves more, and a more expressive one otherwise', async () => {
  const source = await lumas(still)
  const moved = async (options: Partial<RenderOptions>) =>
    total(await lumas(await rendered(still, options)), source)
  const [weak, plain, strong] = [
    await moved({ strength: 0.3 }),
    await moved({}),
    await moved({ strength: 1.5 }),
  ]
  expect(plain).toBeGreaterThan(1.5 * weak)
  expect(strong).toBeGreaterThan(1.1 * plain)
  const [flat, full] = [
    await rendered(still, { expressiveness: 0 }),
    await rendered(still, { expressiveness: 1.5 }),
  ]
  expect(total(await lumas(flat), await lumas(full))).toBeGreaterThan(10_000)
})

test('a short video swings back, or stays on its last frame', async () => {
  // The picture slides, so that each frame tells by its edge which one it is.
  const slide = "scale=640:360,crop=600:360:'n*2':0,scale=640:360"
  const short = await clip('short.mp4', '-t', '0.8', '-i', ELENA, '-vf', slide)
  const top = (picture: Buffer) => picture.subarray(0, WIDTH * 60)
  const result = async (shortVideo: RenderOptions['shortVideo']) =>
    (await lumas(await rendered(short, { shortVideo }))).map(top)
  const [loop, freeze] = [await result('loop'), await result('freeze')]
  expect([loop.length, freeze.length]).toEqual([50, 50])
  const last = Math.round(0.8 * 25) - 1
  expect(change(freeze[49], freeze[last])).toBeLessThan(change(freeze[0], freeze[last]) / 20)
  expect(change(loop[2 * last], loop[0])).toBeLessThan(change(loop[last], loop[0]) / 20)
})

test('other programs get a video of the rate and size that were asked for', async () => {
  const plain = async (options: Partial<RenderOptions>) => {
    const path = join(stage.folder, 'plain.mp4')
    await writePlainVideo(elena, path, { ...DEFAULT_OPTIONS, ...options }, signal)
    const { width, height, fpsNum, fpsDen } = (await probeMedia(path)).video!
    return [width, height, fpsNum / fpsDen]
  }
  expect(await plain({ quality: 'preview' })).toEqual([854, 480, 25])
  expect(await plain({ size: 480, fps: 30 })).toEqual([854, 480, 30])
  expect(await plain({ fps: 30 })).toEqual([1280, 720, 30])
  expect(await plain({ quality: 'high', size: 1080 })).toEqual([1280, 720, 25])
})

test('each engine says which options it supports', () => {
  const ignored = (engine: 'mouth' | 'wav2lip' | 'heygem' | 'command') =>
    (Object.keys(DEFAULT_OPTIONS) as (keyof RenderOptions)[]).filter(
      (option) => !supportsOption(engine, option),
    )
  expect(ignored('mouth')).toEqual([])
  expect(ignored('wav2lip')).toEqual(['strength', 'expressiveness'])
  const upToThem = ['leadMs', 'strength', 'expressiveness', 'shortVideo']
  expect([ignored('heygem'), ignored('command')]).toEqual([upToThem, upToThem])
})
