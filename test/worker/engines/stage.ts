import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect } from 'vitest'
import { DEFAULT_OPTIONS, type RenderOptions } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import {
  type Engine,
  EngineError,
  type Progress,
  type RenderInput,
  type RenderResult,
} from '#worker/engine-contract/engine'
import { engineEnvironment, engineSettings } from '#worker/engine-contract/settings'
import { createMouthEngine } from '#worker/engines/mouth/mouth'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

export const presenter = (name: string) => join(root, 'public/samples/presenters', name)
export const speech = (name: string) => join(root, 'public/samples/speech', name)
export const awkward = (name: string) => join(root, 'test/fixtures/awkward', name)

/** Settings of the engines as an environment gives them. */
export const settingsOf = (env: Record<string, string>) => engineSettings(engineEnvironment.parse(env))

/** A temporary folder of a test file, with a cache that its renders share. */
export interface Folder {
  folder: string
  cacheDir: string
}

/** A folder with the built-in engine, loaded once. */
export interface Stage extends Folder {
  engine: Engine
}

/** Makes the folder before the tests of a file and removes it after them. */
export function setUpFolder(): Folder {
  const made = {} as Folder
  beforeAll(async () => {
    made.folder = await mkdtemp(join(tmpdir(), 'greenroom-engines-test-'))
    made.cacheDir = join(made.folder, 'cache')
  })
  afterAll(() => rm(made.folder, { recursive: true, force: true }))
  return made
}

/** Makes the folder and loads the engine before the tests of a file, and closes both after them. */
export function setUpStage(): Stage {
  const stage = setUpFolder() as Stage
  beforeAll(async () => {
    stage.engine = createMouthEngine()
    await stage.engine.load('cpu')
  })
  afterAll(() => stage.engine.close())
  return stage
}

/** Makes a clip by ffmpeg's arguments, and returns its path. */
export async function makeClip({ folder }: Folder, name: string, ...args: string[]): Promise<string> {
  const path = join(folder, name)
  await run(ffmpegPath(), ['-v', 'error', '-y', ...args, path])
  return path
}

/** The first seconds of a file, cut without loss into a wav of the folder. */
export function cutSpeech(folder: Folder, source: string, seconds: number): Promise<string> {
  const name = `cut-${seconds}-${createHash('md5').update(source).digest('hex')}.wav`
  return makeClip(folder, name, '-i', source, '-t', String(seconds))
}

export async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

export async function inputFor(
  { folder, cacheDir }: Folder,
  audioPath: string,
  videoPath: string,
): Promise<RenderInput> {
  const scratchDir = await mkdtemp(join(folder, 'scratch-'))
  return {
    ...{ audioPath, audioHash: await hashOf(audioPath), videoPath, videoHash: await hashOf(videoPath) },
    ...{ outputPath: join(scratchDir, 'result.mp4'), cacheDir, scratchDir },
  }
}

export interface Attempt {
  audio: string
  video: string
  signal?: AbortSignal
  options?: Partial<RenderOptions>
  attempt?: number
  onProgress?: (progress: Progress) => void
}

export interface Rendered {
  input: RenderInput
  result: RenderResult
  progress: (Progress & { at: number })[]
}

/** One render of an engine that is loaded. */
export async function renderWith(
  engine: Engine,
  folder: Folder,
  { audio, video, signal = new AbortController().signal, options, attempt, onProgress }: Attempt,
): Promise<Rendered> {
  const input = {
    ...(await inputFor(folder, audio, video)),
    options: { ...DEFAULT_OPTIONS, ...options },
    attempt,
  }
  const progress: Rendered['progress'] = []
  const result = await engine.render(input, {
    signal,
    onProgress: (state) => {
      progress.push({ ...state, at: performance.now() })
      onProgress?.(state)
    },
  })
  return { input, result, progress }
}

/** One render of the built-in engine. */
export function renderOn(
  stage: Stage,
  audio: string,
  video: string,
  options?: Partial<RenderOptions>,
): Promise<Rendered> {
  return renderWith(stage.engine, stage, { audio, video, options })
}

/** The error that a render ends with. */
export async function failureOf(rendering: Promise<unknown>): Promise<EngineError> {
  const error = await rendering.then(
    () => new Error('it was rendered'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(EngineError)
  return error as EngineError
}
