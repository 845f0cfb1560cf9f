import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'
import { ffmpegPath, ffprobePath } from '#core/media/binaries'
import type { Engine, Progress, RenderInput, RenderResult } from '#worker/engine-contract/engine'
import { createMouthEngine } from '#worker/engines/mouth/mouth'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

export const presenter = (name: string) => join(root, 'public/samples/presenters', name)
export const speech = (name: string) => join(root, 'public/samples/speech', name)
export const awkward = (name: string) => join(root, 'test/fixtures/awkward', name)

/** A folder of this test file, with one loaded engine and a cache that its renders share. */
export interface Stage {
  folder: string
  cacheDir: string
  engine: Engine
}

/** Makes the stage before the tests of a file and takes it down after them. */
export function setUpStage(): Stage {
  const stage = {} as Stage
  beforeAll(async () => {
    stage.folder = await mkdtemp(join(tmpdir(), 'greenroom-engine-test-'))
    stage.cacheDir = join(stage.folder, 'cache')
    stage.engine = createMouthEngine()
    await stage.engine.load('cpu')
  })
  afterAll(async () => {
    await stage.engine.close()
    await rm(stage.folder, { recursive: true, force: true })
  })
  return stage
}

/** The first seconds of a file, cut without loss into a wav of the stage. */
export async function cutSpeech(stage: Stage, source: string, seconds: number): Promise<string> {
  const path = join(stage.folder, `cut-${seconds}-${createHash('md5').update(source).digest('hex')}.wav`)
  await run(ffmpegPath(), ['-v', 'error', '-y', '-i', source, '-t', String(seconds), path])
  return path
}

export async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

export async function inputFor(stage: Stage, audioPath: string, videoPath: string): Promise<RenderInput> {
  const scratchDir = await mkdtemp(join(stage.folder, 'scratch-'))
  return {
    ...{ audioPath, audioHash: await hashOf(audioPath), videoPath, videoHash: await hashOf(videoPath) },
    ...{ outputPath: join(scratchDir, 'result.mp4'), cacheDir: stage.cacheDir, scratchDir },
  }
}

export interface Rendered {
  input: RenderInput
  result: RenderResult
  progress: (Progress & { at: number })[]
}

export async function renderOn(
  stage: Stage,
  audioPath: string,
  videoPath: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Rendered> {
  const input = await inputFor(stage, audioPath, videoPath)
  const progress: Rendered['progress'] = []
  const result = await stage.engine.render(input, {
    signal,
    onProgress: (state) => progress.push({ ...state, at: performance.now() }),
  })
  return { input, result, progress }
}

export interface ProbedVideo {
  codec_name: string
  width: number
  height: number
  pix_fmt: string
  r_frame_rate: string
  nb_read_frames: string
  duration: string
  start_time: string
  color_space?: string
  color_range?: string
}

export interface ProbedAudio {
  codec_name: string
  channels: number
  duration: string
  start_time: string
}

/** What ffprobe finds in a file, every frame counted by decoding it. */
export async function probeResult(path: string): Promise<{ video: ProbedVideo; audio: ProbedAudio }> {
  const args = ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', path]
  const { stdout } = await run(ffprobePath(), args)
  const { streams } = JSON.parse(stdout) as {
    streams: ({ codec_type: string } & ProbedVideo & ProbedAudio)[]
  }
  const video = streams.find((stream) => stream.codec_type === 'video')
  const audio = streams.find((stream) => stream.codec_type === 'audio')
  if (!video || !audio) throw new Error(`${path} lacks picture or sound`)
  return { video, audio }
}

/** A checksum of each frame of a file, or of a lavfi-free ffmpeg input, in order. */
export async function frameHashes(path: string): Promise<string[]> {
  const args = ['-v', 'error', '-i', path, '-map', '0:v:0', '-f', 'framemd5', '-']
  const { stdout } = await run(ffmpegPath(), args, { maxBuffer: 2 ** 26 })
  return stdout
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '')
}

/** Seconds of speech in a file, counted in decoded samples. */
export async function decodedSeconds(path: string): Promise<number> {
  const args = ['-v', 'error', '-max_error_rate', '1', '-i', path, '-map', '0:a:0']
  const output = ['-ac', '1', '-ar', '16000', '-f', 's16le', '-']
  const { stdout } = await run(ffmpegPath(), [...args, ...output], { maxBuffer: 2 ** 28, encoding: 'buffer' })
  return stdout.length / 2 / 16_000
}
