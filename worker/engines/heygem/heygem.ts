import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDevice } from '#worker/engine-contract/device'
import {
  type Engine,
  EngineError,
  type RenderContext,
  type RenderInput,
  type RenderResult,
} from '#worker/engine-contract/engine'
import type { HeygemSettings } from '#worker/engine-contract/settings'
import { writeProgramVideo } from '#worker/engines/vision/program-input'
import { takeForeignResult } from '#worker/pipeline/foreign-result'
import { writePlainSpeech } from '#worker/pipeline/plain-media'
import { createStageProgress, type StageProgress } from '#worker/pipeline/progress'
import { speechTrack } from '#worker/pipeline/speech-track'
import type { WindowedVideo } from '#worker/pipeline/windowed-video'
import { heygemServer } from './protocol.ts'
import { checkHeygem, serverUrl } from './readiness.ts'
import { type Patience, runRemoteJob } from './remote-job.ts'
import { moveFile, openShare, type Share } from './share.ts'

interface HeygemPatience extends Patience {
  /** Added to `stuckMs` for each second of the speech: the slowest GPUs take several to render one. */
  stuckMsPerSpeechSecond: number
}

const STANDARD = { pollMs: 2000, silentMs: 180_000, stuckMsPerSpeechSecond: 10_000 }

interface Loaded {
  url: string
  share: Share
  patience: HeygemPatience
}

/**
 * A HeyGem / Duix.Avatar server. Inputs and results go through a folder that both sides see; the slot gives the
 * server one job at a time. `hurry` replaces the pauses of people's servers in tests.
 */
export function createHeygemEngine(settings: HeygemSettings, hurry: Partial<HeygemPatience> = {}): Engine {
  let loaded: Loaded | null = null
  return {
    name: 'heygem',
    version: '1',
    watchesItself: true,
    async load(name) {
      const device = parseDevice(name)
      const readiness = await checkHeygem(settings, device)
      // A server that restarts now is waited for by the first render.
      if (!readiness.ready && readiness.code !== 'server_unreachable') {
        const { code, params, reason } = readiness
        throw new EngineError('engine_not_ready', reason, { params: { why: code, ...params } })
      }
      const { share, shareInside, timeoutMs, busyMs } = settings
      loaded = {
        url: serverUrl(device, settings)!,
        share: openShare(share!, shareInside),
        patience: { ...STANDARD, busyMs, stuckMs: timeoutMs, ...hurry },
      }
      await loaded.share.sweep()
    },
    async render(input, context) {
      if (!loaded) throw new EngineError('engine_failed', 'The engine has not been loaded.')
      return render(loaded, input, context)
    },
    async close() {
      await loaded?.share.sweep()
    },
  }
}

async function render(loaded: Loaded, input: RenderInput, context: RenderContext): Promise<RenderResult> {
  const { signal, onProgress } = context
  const { share } = loaded
  const { audioPath, outputPath, scratchDir } = input
  const progress = createStageProgress(onProgress)
  const code = randomUUID()
  const received = join(scratchDir, 'received.mp4')
  try {
    signal.throwIfAborted()
    progress.stage('prepare', 0, 0.02)
    await share.sweep()
    progress.stage('speech', 0.02, 0.03)
    const speech = await speechTrack({ audioPath, scratchDir, signal, onFraction: progress.portion })
    const job = { code, seconds: speech.seconds }
    const { result, windowed } = await renderThere(loaded, input, job, context, progress)
    progress.stage('mux', 0.95, 1)
    await moveFile(result, received)
    await share.remove(code)
    return await takeForeignResult({ path: received, speech, windowed, outputPath, scratchDir, signal })
  } catch (error) {
    await rm(outputPath, { force: true })
    await share.abandon(code).catch(() => {})
    throw signal.aborted ? signal.reason : error
  } finally {
    progress.stop()
    await rm(received, { force: true })
  }
}

/** Puts the inputs into the share and returns the path of the server's result there, and what it is a part of. */
async function renderThere(
  { url, share, patience }: Loaded,
  input: RenderInput,
  { code, seconds }: { code: string; seconds: number },
  { signal }: RenderContext,
  progress: StageProgress,
): Promise<{ result: string; windowed: WindowedVideo | null }> {
  const files = await share.open(code)
  await writePlainSpeech(input.audioPath, files.audioPath, signal)
  progress.stage('face', 0.03, 0.05)
  const windowed = await writeProgramVideo(input, files.videoPath, seconds, signal, progress.portion)
  progress.stage('render', 0.05, 0.95)
  const result = await runRemoteJob({
    ...{ url, attempt: input.attempt ?? 1, signal, server: heygemServer(url) },
    patience: { ...patience, stuckMs: patience.stuckMs + seconds * patience.stuckMsPerSpeechSecond },
    job: { code, audio: files.audioInside, video: files.videoInside },
    findResult: (said) => share.findResult(code, said, signal),
    onProgress: progress.portion,
  })
  return { result, windowed }
}
