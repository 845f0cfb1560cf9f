import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDiskFull } from '#core/errors'
import { parseDevice } from '#worker/engine-contract/device'
import {
  type Engine,
  EngineError,
  type RenderContext,
  type RenderInput,
  type RenderResult,
} from '#worker/engine-contract/engine'
import { isOutOfMemory, outOfMemory } from '#worker/engine-contract/out-of-memory'
import type { CommandSettings } from '#worker/engine-contract/settings'
import { writeProgramVideo } from '#worker/engines/vision/program-input'
import { diskFull } from '#worker/pipeline/file-error'
import { takeForeignResult } from '#worker/pipeline/foreign-result'
import { writePlainSpeech } from '#worker/pipeline/plain-media'
import { createStageProgress, type StageProgress } from '#worker/pipeline/progress'
import { speechTrack } from '#worker/pipeline/speech-track'
import { fillArguments, programEnvironment } from './arguments.ts'
import { type GroupEnd, runGroup } from './process-group.ts'
import { createLineReader, progressOf } from './progress-lines.ts'
import { checkCommand } from './readiness.ts'

/**
 * Any program that takes a speech and a video and writes a lip-synced one, by an argv template. It gets plain
 * copies of its inputs under our own names; what it writes counts once it is probed.
 */
export function createCommandEngine(settings: CommandSettings): Engine {
  let gpu: number | null = null
  return {
    name: 'command',
    version: '1',
    watchesItself: true,
    async load(name) {
      const device = parseDevice(name)
      gpu = device.kind === 'cuda' ? device.index : null
      const readiness = await checkCommand(settings)
      if (!readiness.ready) {
        const { code, params } = readiness
        throw new EngineError('engine_not_ready', readiness.reason, { params: { why: code, ...params } })
      }
    },
    render: (input, context) => render(settings, gpu, input, context),
    async close() {},
  }
}

async function render(
  settings: CommandSettings,
  gpu: number | null,
  input: RenderInput,
  { signal, onProgress }: RenderContext,
): Promise<RenderResult> {
  const progress = createStageProgress(onProgress)
  const { audioPath, outputPath, scratchDir, attempt = 1 } = input
  const own = join(scratchDir, 'command')
  const files = {
    audio: join(own, 'speech.wav'),
    video: join(own, 'presenter.mp4'),
    output: join(own, 'result.mp4'),
    scratch: join(own, 'scratch'),
    attempt,
  }
  try {
    signal.throwIfAborted()
    progress.stage('prepare', 0, 0.01)
    await mkdir(files.scratch, { recursive: true })
    await writePlainSpeech(audioPath, files.audio, signal)
    progress.stage('speech', 0.01, 0.02)
    const speech = await speechTrack({ audioPath, scratchDir, signal, onFraction: progress.portion })
    progress.stage('face', 0.02, 0.05)
    const windowed = await writeProgramVideo(input, files.video, speech.seconds, signal, progress.portion)
    progress.stage('render', 0.05, 0.95)
    const argv = fillArguments(settings.argv!, files)
    await runProgram(settings, { argv, gpu, attempt, seconds: speech.seconds, cwd: own }, progress, signal)
    progress.stage('mux', 0.95, 1)
    return await takeForeignResult({ path: files.output, speech, windowed, outputPath, scratchDir, signal })
  } catch (error) {
    await rm(outputPath, { force: true })
    throw signal.aborted ? signal.reason : error
  } finally {
    progress.stop()
    await rm(own, { recursive: true, force: true })
  }
}

interface Program {
  argv: string[]
  gpu: number | null
  attempt: number
  /** Length of the speech. */
  seconds: number
  /** Folder to start in where COMMAND_CWD names none. */
  cwd: string
}

async function runProgram(
  settings: CommandSettings,
  { argv, gpu, attempt, seconds, cwd }: Program,
  progress: StageProgress,
  signal: AbortSignal,
): Promise<void> {
  const { timeoutMs } = settings
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(tooLong(timeoutMs, attempt)), timeoutMs)
  const onOutput = createLineReader((line) => {
    const share = progressOf(line, settings.progress, seconds)
    if (share !== null) progress.portion(share)
  })
  try {
    const end = await runGroup({
      ...{ argv, onOutput, cwd: settings.cwd ?? cwd, env: programEnvironment(process.env, gpu) },
      signal: AbortSignal.any([signal, limit.signal]),
    })
    if (end.exitCode !== 0) throw failed(argv[0], end, attempt)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall?.startsWith('spawn'))
      throw notStarted(argv[0], error as Error)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function failed(program: string, { exitCode, endedBy, stderr }: GroupEnd, attempt: number): EngineError {
  // Linux ends what uses too much memory with SIGKILL, and shells report that as 137.
  if (isOutOfMemory(stderr) || endedBy === 'SIGKILL' || exitCode === 137) {
    return outOfMemory(attempt, { cause: stderr })
  }
  if (isDiskFull(stderr)) return diskFull(stderr)
  const how = endedBy ? `was ended by ${endedBy}` : `ended with exit code ${exitCode}`
  const tail = stderr.split('\n').slice(-6).join('\n').slice(-600)
  return new EngineError('engine_failed', `The program ${program} ${how}. ${tail || 'It said nothing.'}`, {
    params: { program, exitCode: exitCode ?? -1, detail: tail },
  })
}

function notStarted(program: string, cause: Error): EngineError {
  return new EngineError(
    'engine_not_ready',
    `The program ${program} could not be started: ${cause.message}`,
    {
      params: { why: 'command_not_found', program },
      cause,
    },
  )
}

function tooLong(timeoutMs: number, attempt: number): EngineError {
  const seconds = Math.round(timeoutMs / 1000)
  const message = `The program did not end within ${seconds} s and was stopped. COMMAND_TIMEOUT_SECONDS sets the limit.`
  return new EngineError('engine_timeout', message, { params: { seconds }, transient: attempt < 2 })
}
