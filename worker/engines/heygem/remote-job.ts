import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '#worker/engine-contract/engine'
import { isOutOfMemory, outOfMemory } from '#worker/engine-contract/out-of-memory'
import { CODE, type HeygemServer, type Job, NoAnswer, type QueryAnswer } from './protocol.ts'

export interface RemoteJob {
  server: HeygemServer
  url: string
  job: Job
  attempt: number
  signal: AbortSignal
  patience: Patience
  /** The result's path here once it is whole, or null. */
  findResult: (said: string) => Promise<string | null>
  onProgress: (fraction: number) => void
}

/** How long the server is waited for, in milliseconds. */
export interface Patience {
  /** Between two questions. */
  pollMs: number
  /** While it is busy with somebody else's job. */
  busyMs: number
  /** While it doesn't answer at all: a restart takes a minute or two. */
  silentMs: number
  /**
   * While a job's progress stands still. The server itself never gives up, and tells nothing between 20 % and the
   * end: allow for the whole of the work.
   */
  stuckMs: number
}

const MAX_PAUSE_MS = 30_000
/** A server that forgot a job forgot it in a restart: it is handed in again so often. */
const RESUBMITS = 1
/** Times that a result which should be there is looked for. */
const LOOKS = 4

/**
 * Has a server do one job and returns its result's path.
 *
 * @throws EngineError engine_busy, engine_unreachable or engine_timeout, all transient; out_of_memory; engine_failed.
 */
export async function runRemoteJob(remote: RemoteJob): Promise<string> {
  for (let resubmits = 0; ; resubmits++) {
    await submit(remote)
    const result = await follow(remote)
    if (result !== 'forgotten') return result
    if (resubmits === RESUBMITS) {
      const message =
        'The HeyGem server lost the job twice. It may be restarting again and again: look at its log.'
      throw new EngineError('engine_failed', message, { transient: true, params: { url: remote.url } })
    }
  }
}

/** Hands the job in, however long the server is busy with others'. */
async function submit({ server, url, job, signal, patience }: RemoteJob): Promise<void> {
  const since = performance.now()
  const answered = watchSilence(url, patience)
  for (let pause = patience.pollMs; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    const answer = await answered(server.submit(job, signal))
    if (answer?.kind === 'accepted') return
    if (answer?.kind === 'refused') throw refused(answer)
    // The job may be there although the answer was lost.
    if (!answer && (await isKnown(server, job, signal))) return
    if (answer && performance.now() - since > patience.busyMs) throw busy(patience.busyMs, url)
    await sleep(pause, null, { signal }).catch(() => signal.throwIfAborted())
  }
}

async function isKnown(server: HeygemServer, { code }: Job, signal: AbortSignal): Promise<boolean> {
  const answer = await server.query(code, signal).catch(() => null)
  signal.throwIfAborted()
  return answer?.kind === 'running'
}

/** Asks until the job has ended. 'forgotten' where the server doesn't know it and there is no result. */
async function follow(remote: RemoteJob): Promise<string | 'forgotten'> {
  const { server, url, job, signal, patience, onProgress } = remote
  const answered = watchSilence(url, patience)
  let last = ''
  let movedAt = performance.now()
  for (;;) {
    await sleep(patience.pollMs, null, { signal }).catch(() => signal.throwIfAborted())
    const answer = await answered(server.query(job.code, signal))
    if (answer?.kind === 'running') {
      const state = `${answer.progress} ${answer.message}`
      if (state !== last) movedAt = performance.now()
      last = state
      onProgress(answer.progress / 100)
    }
    if (answer && answer.kind !== 'running') {
      const end = await endOf(answer, remote)
      if (end) return end
    }
    if (performance.now() - movedAt > patience.stuckMs) throw stuck(patience.stuckMs, last)
  }
}

/** What an answer that isn't "running" means; null to ask again. */
async function endOf(
  answer: Exclude<QueryAnswer, { kind: 'running' }>,
  { attempt, findResult, patience, signal }: RemoteJob,
): Promise<string | 'forgotten' | null> {
  if (answer.kind === 'failed') {
    if (isOutOfMemory(answer.message)) throw outOfMemory(attempt, { cause: answer.message })
    throw new EngineError(
      'engine_failed',
      `The HeyGem server could not render it: ${answer.message || 'no reason given'}.`,
      {
        params: { detail: answer.message },
      },
    )
  }
  // A system error while asking passes, or the job stands still and times out.
  if (answer.kind === 'refused') return null
  const said = answer.kind === 'done' ? answer.result : ''
  // A network share may show a new file a little later.
  for (let look = 0; look < (answer.kind === 'done' ? LOOKS : 1); look++) {
    if (look > 0) await sleep(patience.pollMs, null, { signal }).catch(() => signal.throwIfAborted())
    const result = await findResult(said)
    if (result) return result
  }
  if (answer.kind === 'unknown') return 'forgotten'
  const message = `The HeyGem server says that it is done, but its result "${said}" is not in the share, or broken. Check HEYGEM_SHARE.`
  throw new EngineError('engine_failed', message, { params: { result: said } })
}

/** Turns missing answers into null until the server has been silent for too long. */
function watchSilence(url: string, { silentMs }: Patience) {
  let since: number | null = null
  return async <Answer>(asked: Promise<Answer>): Promise<Answer | null> => {
    try {
      const answer = await asked
      since = null
      return answer
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      since ??= performance.now()
      if (performance.now() - since <= silentMs) return null
      throw new EngineError('engine_unreachable', `The HeyGem server can't be reached: ${error.message}.`, {
        ...{ params: { url }, cause: error },
      })
    }
  }
}

function refused({ code, message }: { code: number; message: string }): EngineError {
  const why = code === CODE.badParameter ? 'does not accept the job' : `answered with error ${code}`
  return new EngineError('engine_failed', `The HeyGem server ${why}: ${message || 'no reason given'}.`, {
    params: { code, detail: message },
    transient: code !== CODE.badParameter,
  })
}

function busy(waitedMs: number, url: string): EngineError {
  const seconds = Math.round(waitedMs / 1000)
  const message = `The HeyGem server was busy with another job for ${seconds} s. It may be used by somebody else, or hang.`
  return new EngineError('engine_busy', message, { params: { seconds, url } })
}

function stuck(stuckMs: number, last: string): EngineError {
  const seconds = Math.round(stuckMs / 1000)
  const message = `The HeyGem server made no progress for ${seconds} s (last: ${last || 'nothing'}). Restart it if it hangs.`
  return new EngineError('engine_timeout', message, { params: { seconds, last }, transient: true })
}
