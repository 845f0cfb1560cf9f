import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { appendFile, cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { ffmpegPath, ffprobePath } from '#core/media/binaries'
import { cutSpeech, inputFor, presenter, setUpStage, speech } from '#test/worker/engines/stage'
import type { Progress, RenderInput } from '#worker/engine-contract/engine'

const run = promisify(execFile)
const stage = setUpStage()
// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 120_000 })

const FRAMES = 156
const SEGMENT = 25
let audio: string
let video: string
/** Timestamps and hashes of an uninterrupted run's decoded frames. */
let whole: string
let wholeResult: string
/** The checkpoint that it left. */
let wholeCheckpoint: string

beforeAll(async () => {
  audio = await cutSpeech(stage, speech('speech_en_short.wav'), FRAMES / 25)
  video = join(stage.folder, 'presenter.mp4')
  const source = presenter('presenter_mei_1280x720_talking_silent.mp4')
  const small = ['-t', '2.4', '-vf', 'scale=426:240', '-c:v', 'libx264', '-preset', 'veryfast']
  await run(ffmpegPath(), ['-v', 'error', '-i', source, ...small, video])
  const input = await resumable()
  await stage.engine.render(input, context())
  wholeCheckpoint = input.checkpointDir!
  wholeResult = input.outputPath
  whole = await decoded(input.outputPath)
})

test('killed at five points, it goes on each time and shows the same frames at the same times', async () => {
  const seed = Number(process.env.RESUME_SEED ?? Date.now() % 100_000)
  console.log(`RESUME_SEED=${seed}`)
  const random = generator(seed)
  const input = await resumable()
  let lastAt = 0
  for (let n = 0; n < 5; n++) {
    // One dies as soon as a segment has its name: between that and the manifest, if the kill is quick enough.
    const when = n === 2 ? 'at a new segment' : Math.floor(random() * 40)
    const resumedAt = await renderAndKill(input, when)
    expect(resumedAt % SEGMENT).toBe(0)
    expect(resumedAt).toBeGreaterThanOrEqual(lastAt)
    lastAt = resumedAt
  }
  const resumed: number[] = []
  const result = await stage.engine.render(input, {
    ...context(),
    onResumed: (frame) => {
      resumed.push(frame)
    },
  })
  expect(result.frames).toBe(FRAMES)
  expect(resumed.every((frame) => frame >= lastAt && frame % SEGMENT === 0)).toBe(true)
  expect(await decoded(input.outputPath)).toBe(whole)
})

test('joined segments have one frame after the other, without a gap or a repeated time', async () => {
  const args = [
    '-v',
    'error',
    '-select_streams',
    'v',
    '-show_entries',
    'packet=pts,dts,flags',
    '-of',
    'csv=p=0',
  ]
  const { stdout } = await run(ffprobePath(), [...args, wholeResult])
  const packets = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  const pts = packets.map(([time]) => Number(time)).sort((a, b) => a - b)
  expect(pts).toEqual(Array.from({ length: FRAMES }, (_, n) => n * 1000))
  const dts = packets.map((packet) => Number(packet[1]))
  expect(dts.every((time, n) => n === 0 || time > dts[n - 1])).toBe(true)
  const keys = packets.filter(([, , flags]) => flags.startsWith('K')).map(([time]) => Number(time) / 1000)
  for (let frame = 0; frame < FRAMES; frame += SEGMENT) expect(keys).toContain(frame)
})

test.for<[string, (dir: string) => Promise<void>, number]>([
  ['a torn manifest', (dir) => truncate(join(dir, 'manifest.json'), 40), 0],
  ['a manifest of other facts', (dir) => changeManifest(dir, /"frames": 156/), 0],
  ['a damaged segment', async (dir) => appendFile(await segmentOf(dir, 2), 'x'), 2 * SEGMENT],
  ['a missing segment', async (dir) => rm(await segmentOf(dir, 1)), SEGMENT],
  ['all segments whole', async () => {}, FRAMES],
])('%s: goes on from the last that counts', async ([, damage, from]) => {
  const input = await resumable(wholeCheckpoint)
  await damage(input.checkpointDir!)
  await writeFile(join(input.checkpointDir!, 'left-behind.part'), 'half a segment')
  let resumedAt = 0
  await stage.engine.render(input, {
    ...context(),
    onResumed: (frame) => {
      resumedAt = frame
    },
  })
  expect(resumedAt).toBe(from)
  expect(await decoded(input.outputPath)).toBe(whole)
  expect((await readdir(input.checkpointDir!)).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('who aborts between two segments loses none of them', async () => {
  const input = await resumable()
  const abort = new AbortController()
  const reason = new Error('preempted')
  let segments = 0
  const atCheckpoint = () => {
    if (++segments === 2) abort.abort(reason)
  }
  const first = stage.engine.render(input, { ...context(), signal: abort.signal, atCheckpoint })
  await expect(first).rejects.toBe(reason)
  let resumedAt = 0
  const progress: number[] = []
  await stage.engine.render(input, {
    ...context(),
    onResumed: (frame) => {
      resumedAt = frame
    },
    onProgress: ({ fraction, stage: now }) => {
      if (now === 'render') progress.push(fraction)
    },
  })
  expect(resumedAt).toBe(2 * SEGMENT)
  expect(progress[0]).toBeGreaterThan(resumedAt / FRAMES / 2)
  expect(await decoded(input.outputPath)).toBe(whole)
})

test.for<Partial<RenderInput>>([
  { audioHash: 'a' },
  { videoHash: 'b' },
  { segmentSeconds: 2 },
  { options: { ...DEFAULT_OPTIONS, strength: 1.2 } },
])('starts over with %o', async (change) => {
  const input = { ...(await resumable(wholeCheckpoint)), ...change }
  const abort = new AbortController()
  const onResumed = vi.fn()
  const onProgress = ({ stage: now }: Progress) => {
    if (now === 'render') abort.abort(new Error('seen enough'))
  }
  const started = stage.engine.render(input, { signal: abort.signal, onProgress, onResumed })
  await expect(started).rejects.toThrow('seen enough')
  expect(onResumed).not.toHaveBeenCalled()
})

const context = () => ({ signal: new AbortController().signal, onProgress: () => {} })

/** An input in segments of a second, with a checkpoint of its own: a new one, or a copy. */
async function resumable(copied?: string): Promise<RenderInput> {
  const checkpointDir = await mkdtemp(join(stage.folder, 'checkpoint-'))
  if (copied) await cp(copied, checkpointDir, { recursive: true })
  return { ...(await inputFor(stage, audio, video)), checkpointDir, segmentSeconds: 1 }
}

/**
 * Renders in another process, which is killed so many frames after it began, or as soon as it names a segment.
 * Returns the frame that it went on from.
 */
async function renderAndKill(input: RenderInput, when: number | 'at a new segment'): Promise<number> {
  const script = fileURLToPath(new URL('render-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const watcher = watch(input.checkpointDir!, (_, name) => {
    if (when === 'at a new segment' && name?.endsWith('.mp4')) child.kill('SIGKILL')
  })
  let resumedAt = 0
  for await (const line of createInterface(child.stdout)) {
    const [word, value] = line.split(' ')
    if (word === 'resumed') resumedAt = Number(value)
    const due = when !== 'at a new segment' && Number(value) >= Math.min(resumedAt + when, FRAMES - 1)
    if (word === 'frame' && due) child.kill('SIGKILL')
  }
  const [code, signal] = await exit
  watcher.close()
  // Near its end it may be done before the kill arrives.
  expect(signal === 'SIGKILL' || (code === 0 && resumedAt > FRAMES - 3 * SEGMENT)).toBe(true)
  return resumedAt
}

/** Time and hash of each decoded frame of the picture. */
async function decoded(path: string): Promise<string> {
  const args = ['-v', 'error', '-i', path, '-map', '0:v:0', '-vsync', '0', '-f', 'framemd5', '-']
  const { stdout } = await run(ffmpegPath(), args, { maxBuffer: 2 ** 26 })
  return stdout
}

async function segmentOf(dir: string, index: number): Promise<string> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.mp4')).sort()
  return join(dir, names[index])
}

async function changeManifest(dir: string, what: RegExp): Promise<void> {
  const path = join(dir, 'manifest.json')
  await writeFile(path, (await readFile(path, 'utf8')).replace(what, '"frames": 157'))
}

/** Numbers from 0 to 1 that a seed repeats. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
