import { access, constants, mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { RenderOptions } from '#core/engine/options'
import { assertNever, messageOf } from '#core/errors'
import type { Log } from '#core/log'
import { probeMedia } from '#core/media/probe'
import { makeThumbnail } from '#core/media/thumbnail'
import { findResultKey } from '#core/render-job/data'
import { recordResumed } from '#core/render-job/events'
import {
  type ClaimedJob,
  confirmCancelled,
  fail,
  type RenderedResult,
  release,
  retryLater,
  succeed,
} from '#core/render-job/lifecycle'
import { resultKeys } from '#core/render-job/result-keys'
import type { DataLayout } from '#core/storage/layout'
import type { Storage } from '#core/storage/storage'
import { abortReason, JobAborted } from './abort.ts'
import { markUsed } from './cache.ts'
import { checkpointDirOf, sweepCheckpoints } from './checkpoints.ts'
import { type Engine, EngineError, type Progress, type RenderResult } from './engine-contract/engine.ts'
import { outcomeOf } from './outcome.ts'
import { persist } from './persist.ts'
import { createProgressWriter } from './progress.ts'
import type { Timings } from './timings.ts'
import { watchOver } from './watch.ts'

export interface ExecuteContext {
  workerId: string
  device: string
  /** The engine that the job asks for, loaded. */
  loadEngine: () => Promise<Engine>
  options: RenderOptions
  storage: Storage
  layout: DataLayout
  log: Log
  /** Aborts this job; the slot, the cancel listener and the heartbeat share it. */
  controller: AbortController
  /** A render that makes no progress for so long is stopped. */
  stallMs: number
  timings: Pick<Timings, 'jobBeatMs'>
  /** Called when a segment is durable; aborts the job there where a more urgent one waits. */
  atCheckpoint: () => Promise<void>
}

/** After a job: this process renders on, or has to be replaced because a device's memory is used up. */
export type NextStep = 'go_on' | 'restart'

/** Renders one claimed job and writes what became of it. Never throws: whatever happens, the slot goes on. */
export async function execute(job: ClaimedJob, context: ExecuteContext): Promise<NextStep> {
  const { controller, log } = context
  const scratchDir = path.join(context.layout.scratch, context.workerId, job.claimToken)
  const watch = watchOver(job, context)
  try {
    const result = await renderInto(scratchDir, job, context, watch.sawProgress)
    controller.signal.throwIfAborted()
    await deliver(job, result, context)
    log.info({ jobId: job.id, frames: result.frames }, 'succeeded')
    return 'go_on'
  } catch (error) {
    await settle(job, error, context).catch((second) =>
      log.error(
        { jobId: job.id, error: messageOf(second) },
        'could not write the outcome; the job is recovered at the next start',
      ),
    )
    return error instanceof EngineError && error.restart ? 'restart' : 'go_on'
  } finally {
    watch.stop()
    await cleanUp(scratchDir, job, context).catch((error) =>
      log.warn({ jobId: job.id, error: messageOf(error) }, 'files stay behind; maintenance removes them'),
    )
  }
}

/** Scratch files go in any case, the checkpoint where the job has ended: a released one goes on from it. */
async function cleanUp(scratchDir: string, job: ClaimedJob, { layout }: ExecuteContext): Promise<void> {
  await rm(scratchDir, { recursive: true, force: true })
  await sweepCheckpoints(layout, [job.id])
}

interface Rendered extends RenderResult {
  file: string
  thumbnail: string | null
}

async function renderInto(
  scratchDir: string,
  job: ClaimedJob,
  { loadEngine, options, storage, layout, log, device, controller, atCheckpoint }: ExecuteContext,
  sawProgress: (progress: Progress, watchesItself?: boolean) => void,
): Promise<Rendered> {
  const { signal } = controller
  await requireWritable(layout)
  await mkdir(scratchDir, { recursive: true })
  const writer = createProgressWriter(job, device, () => controller.abort(new JobAborted('fenced')))
  const file = path.join(scratchDir, 'result.mp4')
  try {
    const { speech } = job.batch
    await markUsed(layout.cache, [speech.sha256, job.presenter.sha256])
    const engine = await loadEngine()
    const result = await engine.render(
      {
        audioPath: await storage.localPath(speech.storageKey),
        audioHash: speech.sha256,
        videoPath: await storage.localPath(job.presenter.storageKey),
        videoHash: job.presenter.sha256,
        outputPath: file,
        cacheDir: layout.cache,
        scratchDir,
        checkpointDir: checkpointDirOf(layout, job.id),
        options,
        attempt: job.attempt,
      },
      {
        signal,
        atCheckpoint,
        onProgress: (progress) => {
          sawProgress(progress, engine.watchesItself)
          writer.report(progress)
        },
        onResumed: async (frame) => {
          log.info({ jobId: job.id, frame }, 'goes on from its checkpoint')
          await recordResumed(job, frame)
        },
      },
    )
    const probe = await verify(file, result, signal)
    const thumbnail = await makeThumbnail(file, probe, path.join(scratchDir, 'result.jpg'), { signal })
    return { ...result, file, thumbnail }
  } finally {
    await writer.close()
  }
}

/** Disks turn read-only when they are about to fail: then a job waits for another attempt, here or elsewhere. */
async function requireWritable({ scratch, checkpoints, storage }: DataLayout): Promise<void> {
  for (const folder of [scratch, checkpoints, storage]) {
    await access(folder, constants.W_OK).catch((cause) => {
      const message = `The folder ${folder} of the render machine can't be written. Look at its disk, then resubmit.`
      throw new EngineError('disk_unwritable', message, { params: { folder }, cause })
    })
  }
}

/** A result counts only if it plays: picture and sound, and as long as the engine says, within one frame. */
async function verify(file: string, result: RenderResult, signal: AbortSignal) {
  const probe = await probeMedia(file, { signal })
  const frames = probe.video?.frames
  const offBy = Math.abs(probe.durationSeconds - result.durationSeconds)
  const wrong =
    !probe.video || !probe.audio
      ? 'it lacks picture or sound'
      : frames !== null && frames !== result.frames
        ? `it has ${frames} frames instead of ${result.frames}`
        : offBy > Math.max(0.1, 2 / result.fps)
          ? `it is ${probe.durationSeconds} s long instead of ${result.durationSeconds} s`
          : null
  if (wrong)
    throw new EngineError(
      'engine_failed',
      `The engine's result did not pass the check: ${wrong}. Resubmit the job.`,
    )
  return probe
}

/** Result into storage, then the row. If the row is no longer ours the files go away again. */
async function deliver(
  job: ClaimedJob,
  rendered: Rendered,
  { storage, controller, log }: ExecuteContext,
): Promise<void> {
  const keys = resultKeys(job)
  const { size } = await stat(rendered.file)
  await storage.put(rendered.file, keys.video)
  if (rendered.thumbnail) await storage.put(rendered.thumbnail, keys.thumbnail)
  const result: RenderedResult = {
    key: keys.video,
    thumbKey: rendered.thumbnail ? keys.thumbnail : null,
    bytes: size,
    frames: rendered.frames,
    fps: rendered.fps,
    width: rendered.width,
    height: rendered.height,
    durationMs: Math.round(rendered.durationSeconds * 1000),
    adaptation: rendered.adaptation,
  }
  const held = await persist(() => succeed(job, result), controller.signal, log)
  // An answer lost on the way looks like somebody else's claim: the row says which it was.
  if (held || (await persist(() => findResultKey(job.id), controller.signal, log)) === keys.video) return
  await storage.remove(keys.video)
  await storage.remove(keys.thumbnail)
  throw new JobAborted('fenced')
}

async function settle(job: ClaimedJob, error: unknown, { controller, log }: ExecuteContext): Promise<void> {
  const aborted = abortReason(controller.signal) ?? (error instanceof JobAborted ? error.reason : null)
  const outcome = outcomeOf(error, aborted)
  log.info(
    { jobId: job.id, outcome: outcome.kind, ...('failure' in outcome ? outcome.failure : {}) },
    'ended without a result',
  )
  if (!aborted && !(error instanceof EngineError))
    log.error({ jobId: job.id, err: error }, 'unexpected error')
  const write = () => {
    switch (outcome.kind) {
      case 'cancelled':
        return confirmCancelled(job)
      case 'released':
        return release(job, outcome.reason)
      case 'abandoned':
        return Promise.resolve(false)
      case 'retry':
        return retryLater(job, job.attempt, outcome.failure)
      case 'failed':
        return fail(job, outcome.failure)
      default:
        return assertNever(outcome)
    }
  }
  await persist(write, controller.signal, log)
}
