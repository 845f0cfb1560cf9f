import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { inspectUpload } from '#core/asset/intake'
import { uploadLimits } from '#core/asset/limits'
import type { AssetKind } from '#core/asset/schema'
import { MediaError } from '#core/media/errors'
import { ProcessError } from '#core/media/process'
import { makeThumbnail } from '#core/media/thumbnail'
import { measureWaveform } from '#core/media/waveform'
import { EngineError } from '#worker/engine-contract/engine'
import { renderShortly } from './short-render.ts'

export type FuzzedFile = { path: string; kind: AssetKind }

/** What became of one file. */
export type FileOutcome = {
  path: string
  /** The code that it was refused with, 'accepted', or 'rendered'. */
  answer: string
  /** An error that nobody foresaw: ours. */
  crash: string | null
  /** A program of ffmpeg that was ended by a signal. */
  killed: string | null
  /** What took longer than anything may. */
  hang: string | null
  /** Files that were still there afterwards. */
  left: string[]
}

/** No stage may take longer, however slow the machine: the portal's own limits are 20 to 60 s. */
const MAX_STAGE_MS = 100_000

export type Companions = { audioPath: string; videoPath: string; folder: string }

/** Takes a file the way of an upload and then of a render, with sound companions, and looks what is left. */
export async function tryFile({ path, kind }: FuzzedFile, companions: Companions): Promise<FileOutcome> {
  const folder = join(companions.folder, 'scratch')
  await mkdir(folder, { recursive: true })
  const outcome: FileOutcome = { path, answer: 'accepted', crash: null, killed: null, hang: null, left: [] }
  await attempt(outcome, async (signal) => {
    const { probe } = await inspectUpload(path, kind, uploadLimits({} as NodeJS.ProcessEnv), signal)
    if (kind === 'speech') await measureWaveform(path, probe, { signal })
    else await makeThumbnail(path, probe, join(folder, 'thumbnail.jpg'), { signal })
    outcome.answer = 'accepted'
  })
  // A file that inspection refused is rendered all the same: a worker must not depend on it.
  const refused = outcome.answer
  await attempt(outcome, async (signal) => {
    const { audioPath, videoPath } = companions
    const files = kind === 'speech' ? { audioPath: path, videoPath } : { audioPath, videoPath: path }
    await renderShortly({ ...files, scratchDir: folder, signal })
    outcome.answer = 'rendered'
  })
  if (refused !== 'accepted' && outcome.answer !== 'rendered') outcome.answer = refused
  const known = ['thumbnail.jpg', 'speech.m4a', 'picture.mp4', 'result.mp4']
  outcome.left = (await readdir(folder)).filter((name) => !known.includes(name))
  await rm(folder, { recursive: true })
  return outcome
}

async function attempt(outcome: FileOutcome, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = AbortSignal.timeout(MAX_STAGE_MS)
  try {
    await work(signal)
  } catch (error) {
    if (signal.aborted) outcome.hang = `more than ${MAX_STAGE_MS} ms`
    else if (error instanceof MediaError || error instanceof EngineError) outcome.answer = error.code
    else if (error instanceof ProcessError) outcome.answer = error.failure
    else outcome.crash = String((error as Error)?.stack ?? error)
    if (error instanceof ProcessError && error.failure === 'killed') outcome.killed = error.message
    if (error instanceof EngineError && error.code === 'out_of_memory') outcome.killed = error.message
  }
}
