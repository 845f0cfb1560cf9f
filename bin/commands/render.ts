import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EngineError, type Progress, type RenderResult } from '#worker/engine-contract/engine'
import { type RenderArguments, readArguments, USAGE } from './render-arguments.ts'
import { openEngine } from './render-engine.ts'

/** Exit codes: 0 rendered, 1 failed, 2 wrong arguments, 130 interrupted. */
async function main(): Promise<number> {
  const asked = askedFor()
  if (!asked) return 2
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupt.abort('interrupted'))
  const started = performance.now()
  const bar = progressBar(asked.json)
  try {
    const result = await renderOnce(asked, interrupt.signal, bar.show)
    bar.clear()
    const seconds = Number(((performance.now() - started) / 1000).toFixed(2))
    if (asked.json) process.stdout.write(`${JSON.stringify({ ok: true, ...result, seconds })}\n`)
    else process.stdout.write(`${summary(result, seconds)} -> ${asked.out}\n`)
    return 0
  } catch (error) {
    bar.clear()
    const failure = describeFailure(error, interrupt.signal)
    if (asked.json) process.stdout.write(`${JSON.stringify({ ok: false, ...failure })}\n`)
    else process.stderr.write(`${failure.message}\n`)
    return interrupt.signal.aborted ? 130 : 1
  }
}

/** Null where the arguments are wrong, which is then said. */
function askedFor(): RenderArguments | null {
  try {
    return readArguments()
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`)
    return null
  }
}

async function renderOnce(
  asked: RenderArguments,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
) {
  const { engine, note } = await openEngine(asked)
  if (note && !asked.json) process.stderr.write(`${note}\n`)
  const scratchDir = await mkdtemp(join(tmpdir(), 'greenroom-render-'))
  const out = resolve(asked.out)
  // Beside the result, so that it takes its name at once and whole.
  const unfinished = join(dirname(out), `.${randomUUID()}.part.mp4`)
  try {
    await mkdir(dirname(out), { recursive: true })
    const [audioHash, videoHash] = await Promise.all([
      hashFile(asked.audio, 'speech', signal),
      hashFile(asked.video, 'presenter', signal),
    ])
    // Named by the result as well: two renders of the same files at once don't share one.
    const name = createHash('sha256').update([videoHash, audioHash, out].join()).digest('hex').slice(0, 32)
    const checkpointDir = join(asked.cache, 'unfinished', name)
    if (!asked.resume) await rm(checkpointDir, { recursive: true, force: true })
    const result = await engine.render(
      {
        ...{ audioPath: asked.audio, audioHash, videoPath: asked.video, videoHash },
        ...{ outputPath: unfinished, cacheDir: asked.cache, scratchDir, options: asked.options },
        ...(asked.resume ? { checkpointDir } : {}),
      },
      { signal, onProgress },
    )
    await rename(unfinished, out)
    await rm(checkpointDir, { recursive: true, force: true })
    return result
  } finally {
    await rm(unfinished, { force: true })
    await rm(scratchDir, { recursive: true, force: true })
    await engine.close()
  }
}

async function hashFile(path: string, role: 'speech' | 'presenter', signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash, { signal })
  } catch (cause) {
    signal.throwIfAborted()
    throw new EngineError('media_unreadable', `The ${role} file can't be opened: ${path}`, {
      params: { role },
      cause,
    })
  }
  return hash.digest('hex')
}

function describeFailure(error: unknown, signal: AbortSignal): { code: string; message: string } {
  if (signal.aborted)
    return { code: 'interrupted', message: 'Interrupted; the same command goes on from here.' }
  if (error instanceof EngineError) return { code: error.code, message: error.message }
  return {
    code: 'engine_failed',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }
}

function summary({ frames, fps, width, height }: RenderResult, seconds: number): string {
  return `${frames} frames of ${width}x${height} at ${fps.toFixed(2)} fps in ${seconds} s`
}

const WIDTH = 30
const NAMES: Record<Progress['stage'], string> = {
  prepare: 'preparing',
  speech: 'listening to the speech',
  face: 'following the face',
  render: 'rendering',
  mux: 'joining picture and sound',
}

function progressBar(json: boolean) {
  if (json || !process.stderr.isTTY) return { show: () => {}, clear: () => {} }
  return {
    show({ stage, fraction, fps }: Progress) {
      const filled = Math.round(fraction * WIDTH)
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled)
      const speed = fps ? `, ${fps.toFixed(0)} fps` : ''
      process.stderr.write(
        `\r\x1b[K${bar} ${String(Math.floor(fraction * 100)).padStart(3)} %  ${NAMES[stage]}${speed}`,
      )
    },
    clear: () => void process.stderr.write('\r\x1b[K'),
  }
}

// Last, so that every constant above exists by now.
process.exitCode = await main()
