import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, fchownSync, fstatSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lifecycle } from './lifecycle.ts'
import { ROOT } from './paths.ts'
import { endGroup, killGroup, recordProcess } from './process-group.ts'
import { Stop, say } from './say.ts'

export type ServiceOptions = {
  name: string
  /** Arguments for Node. */
  args: string[]
  env: NodeJS.ProcessEnv
  /** Runs it as somebody else; root alone can. */
  user?: { uid: number; gid: number } | null
  /** Where its output goes; the terminal when left out. */
  log?: string
  /** Remembers the process for a launcher that comes after a kill. */
  record: string
  /** Milliseconds between SIGTERM and SIGKILL. */
  grace: number
}

export type Service = {
  /** True once the first process ended by itself. */
  hasFailed: () => boolean
  stop: () => Promise<void>
}

const STEADY_AFTER = 60_000
const FIRST_PAUSE = 1_000
const MAX_PAUSE = 30_000

/** Runs a Node program in a process group of its own, and starts it again when it ends by itself. */
export function startService(options: ServiceOptions, lifecycle: Lifecycle): Service {
  let child: ChildProcess
  let failures = 0
  const run = (pause: number) => {
    child = launch(options)
    const begin = Date.now()
    const onEnd = async (how: string) => {
      killGroup(child.pid, 'SIGKILL')
      failures++
      if (lifecycle.stopping) return
      const wait = Date.now() - begin > STEADY_AFTER ? FIRST_PAUSE : pause
      const log = options.log ? ` Its output is in ${options.log}` : ''
      say(`! The ${options.name} stopped (${how}). Again in ${wait / 1000} s.${log}`)
      await sleep(wait)
      if (!lifecycle.stopping) run(Math.min(wait * 2, MAX_PAUSE))
    }
    child.once('exit', (code, signal) => void onEnd(signal ?? `exit code ${code}`))
    // One that could not even be started, for want of memory or processes, has no exit; it is tried again like any.
    child.on('error', (error) => child.pid === undefined && void onEnd(error.message))
  }
  run(FIRST_PAUSE)
  lifecycle.onHurry(() => killGroup(child.pid, 'SIGKILL'))
  return {
    hasFailed: () => failures > 0,
    stop: async () => {
      const ended = () => child.exitCode !== null || child.signalCode !== null
      if (child.pid !== undefined) await endGroup(child.pid, options.grace, ended)
      rmSync(options.record, { force: true })
    },
  }
}

function launch({ args, env, user, log, record }: ServiceOptions): ChildProcess {
  const out = log ? openLog(log) : 'inherit'
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env,
    detached: true,
    ...user,
    stdio: ['ignore', out, out],
  })
  if (typeof out === 'number') {
    // It may write there by itself too.
    if (user) fchownSync(out, user.uid, user.gid)
    closeSync(out)
  }
  recordProcess(record, child.pid)
  return child
}

/** Root opens it in a folder where the service's user may put links to files of others. */
function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true })
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  const out = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  const { nlink } = fstatSync(out)
  if (nlink === 1) return out
  closeSync(out)
  throw new Stop(`${file} is a link to another file. Remove it and start again.`)
}
