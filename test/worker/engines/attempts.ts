import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { DEFAULT_OPTIONS, type RenderOptions } from '#core/engine/options'
import {
  type Engine,
  EngineError,
  type Progress,
  type RenderInput,
  type RenderResult,
} from '#worker/engine-contract/engine'
import { engineEnvironment, engineSettings } from '#worker/engine-contract/settings'
import { inputFor, type Stage } from './stage.ts'

/** Settings of the engines as an environment gives them. */
export const settingsOf = (env: Record<string, string>) => engineSettings(engineEnvironment.parse(env))

/** A temporary folder of a test file, in the shape that the shared helpers take. */
export function setUpFolder(): Stage {
  const stage = {} as Stage
  beforeAll(async () => {
    stage.folder = await mkdtemp(join(tmpdir(), 'greenroom-engines-test-'))
    stage.cacheDir = join(stage.folder, 'cache')
  })
  afterAll(() => rm(stage.folder, { recursive: true, force: true }))
  return stage
}

export interface Attempt {
  audio: string
  video: string
  signal?: AbortSignal
  options?: Partial<RenderOptions>
  attempt?: number
  onProgress?: (progress: Progress) => void
}

export interface Made {
  input: RenderInput
  result: RenderResult
  progress: Progress[]
}

/** One render of an engine that is loaded. */
export async function renderWith(
  engine: Engine,
  stage: Stage,
  { audio, video, signal = new AbortController().signal, options, attempt, onProgress }: Attempt,
): Promise<Made> {
  const input = {
    ...(await inputFor(stage, audio, video)),
    options: { ...DEFAULT_OPTIONS, ...options },
    attempt,
  }
  const progress: Progress[] = []
  const result = await engine.render(input, {
    signal,
    onProgress: (state) => {
      progress.push({ ...state })
      onProgress?.(state)
    },
  })
  return { input, result, progress }
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
