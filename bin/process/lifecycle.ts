import { commandLine, identify, isRunning, type ProcessIdentity, parentOf } from './process-table.ts'
import { say } from './say.ts'

const HARD_LIMIT = 9_500
const LOOK_FOR_NPM_EVERY = 1_000

/** What must be undone before the launcher may end, and the one way to end it. */
export type Lifecycle = {
  /** `undo` runs when the launcher stops; the latest registered runs first. */
  onStop: (undo: () => Promise<void> | void) => void
  /** `tell` runs first, at once. */
  onStopping: (tell: () => void) => void
  /** `kill` runs at once, and only when stopping in order takes too long. */
  onHurry: (kill: () => void) => void
  stop: () => Promise<void>
  /** Ends the launcher because of something that nobody waits for. */
  fail: (error: unknown) => void
  /** Never resolves; rejects with what `fail` is told. */
  readonly failure: Promise<never>
  readonly stopping: boolean
}

export function createLifecycle(): Lifecycle {
  const undos: (() => Promise<void> | void)[] = []
  const tells: (() => void)[] = []
  const kills: (() => void)[] = []
  const { promise: failure, reject: fail } = Promise.withResolvers<never>()
  failure.catch(() => {})
  let stopped: Promise<void> | undefined
  const stopAll = async () => {
    const guard = setTimeout(() => {
      for (const kill of kills) kill()
      say('✗ Stopping took too long; what was left has been killed.')
      process.exit(1)
    }, HARD_LIMIT)
    for (const tell of tells) tell()
    for (const undo of undos.reverse()) await undoOrSay(undo)
    clearTimeout(guard)
  }
  return {
    onStop: (undo) => undos.push(undo),
    onStopping: (tell) => tells.push(tell),
    onHurry: (kill) => kills.push(kill),
    stop: () => {
      stopped ??= stopAll()
      return stopped
    },
    fail,
    failure,
    get stopping() {
      return stopped !== undefined
    },
  }
}

async function undoOrSay(undo: () => Promise<void> | void): Promise<void> {
  try {
    await undo()
  } catch (error) {
    say(`✗ While stopping: ${error instanceof Error ? error.message : error}`)
  }
}

/**
 * Calls `end` on Ctrl-C and its relatives, and when the npm or the older Node that started us was killed:
 * nobody could stop us by hand any more.
 */
export function onAskedToStop(end: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  if (process.channel) {
    process.on('disconnect', end)
    process.channel.unref()
  }
  const npm = npmAbove()
  if (npm) setInterval(() => isRunning(npm) || end(), LOOK_FOR_NPM_EVERY).unref()
}

/** The npm that runs us: above its shell, and above the older Node if there is one. */
function npmAbove(): ProcessIdentity | undefined {
  if (!process.env.npm_lifecycle_event) return undefined
  let pid: number | undefined = process.pid
  for (let level = 0; level < 3 && pid; level++) {
    pid = parentOf(pid)
    if (pid && /^npm\b/.test(commandLine(pid))) return identify(pid)
  }
  return undefined
}
