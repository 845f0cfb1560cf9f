import { beforeAll, expect, test } from 'vitest'
import { DEFAULT_OPTIONS, type RenderOptions } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import {
  cutSpeech,
  makeClip,
  presenter,
  renderWith,
  settingsOf,
  setUpFolder,
  speech,
} from '#test/worker/engines/stage'
import { createCommandEngine } from '#worker/engines/command/command'
import { readFrames } from '#worker/pipeline/frame-reader'
import { planVideo } from '#worker/pipeline/video-plan'

/** Two people side by side, each in a half of 320x360. */
const stage = setUpFolder()
const { signal } = new AbortController()
const SIZE = { width: 640, height: 360 }
let audio: string
let two: string

beforeAll(async () => {
  audio = await cutSpeech(stage, speech('speech_en_short.wav'), 1.5)
  const half = (n: number) => `[${n}:v]crop=ih*8/9:ih,scale=320:360,setsar=1,fps=25[half${n}]`
  const graph = `${half(0)};${half(1)};[half0][half1]hstack`
  const inputs = ['presenter_elena_1280x720.mp4', 'presenter_mei_1280x720_talking_silent.mp4']
  const sources = inputs.flatMap((name) => ['-t', '1', '-i', presenter(name)])
  two = await makeClip(stage, 'two.mp4', ...sources, '-filter_complex', graph)
})

/** What comes of a program that turns its picture into a negative. */
async function negative(video: string, options: Partial<RenderOptions>) {
  const argv = [ffmpegPath(), '-v', 'error', '-i', '{video}', '-vf', 'negate', '-crf', '10', '{output}']
  const engine = createCommandEngine(settingsOf({ COMMAND_ENGINE: JSON.stringify(argv) }).command)
  await engine.load('cpu')
  const { input, result } = await renderWith(engine, stage, { audio, video, options })
  return { result, frames: await framesOf(input.outputPath), source: await framesOf(video) }
}

async function framesOf(path: string): Promise<Buffer[]> {
  const plan = await planVideo(path, signal, DEFAULT_OPTIONS)
  const frames: Buffer[] = []
  for await (const frame of readFrames(plan, { from: 0, to: 1000 }, signal)) frames.push(Buffer.from(frame))
  return frames
}

/** Mean difference of the luma of two frames in a square. */
function difference(one: Buffer, other: Buffer, x: number, y: number, side = 24): number {
  let sum = 0
  for (let v = y - side / 2; v < y + side / 2; v++)
    for (let u = x - side / 2; u < x + side / 2; u++)
      sum += Math.abs(one[v * SIZE.width + u] - other[v * SIZE.width + u])
  return sum / side ** 2
}

test.each([
  ['left', { mine: 160, other: 480 }],
  ['right', { mine: 480, other: 160 }],
] as const)(
  'of two people only the %s one comes to the program, and back into the picture',
  async (face, at) => {
    const { result, frames, source } = await negative(two, { face })
    expect(result).toMatchObject({ ...SIZE, fps: 25 })
    expect(Math.abs(frames.length - 38)).toBeLessThanOrEqual(1)
    expect(difference(frames[5], source[5], at.mine, 170)).toBeGreaterThan(30)
    expect(difference(frames[5], source[5], at.other, 170)).toBeLessThan(4)
    // The result outlasts the clip, which swings back: its edge frames are those of the source.
    expect(difference(frames[30], source[18], at.other, 170)).toBeLessThan(4)
  },
)

test('a window fades into the picture without a step', async () => {
  const { frames, source } = await negative(two, { face: 'left' })
  const changed = Array.from({ length: 320 }, (_, x) => x + 20).map((x) =>
    difference(frames[5], source[5], x + 12, 170, 4),
  )
  const steps = changed.slice(1).map((value, n) => Math.abs(value - changed[n]))
  expect(Math.max(...changed)).toBeGreaterThan(30)
  expect(Math.max(...steps)).toBeLessThan(40)
})
