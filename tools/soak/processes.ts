import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '#bin/process/paths'
import { identify, parentOf } from '#bin/process/process-table'

/** Ids of all processes of this machine. */
const allPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

/** Processes that `pid` started, directly. */
export const childrenOf = (pid: number): number[] => allPids().filter((each) => parentOf(each) === pid)

/** Processes that `pid` started, and those that they did: an ffmpeg in a box is the child of a child. */
export const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])

/** Ends processes at once; those that are gone are fine. */
export function killAll(pids: readonly (number | undefined)[], signal: NodeJS.Signals = 'SIGKILL'): void {
  for (const pid of pids) {
    try {
      if (pid) process.kill(pid, signal)
    } catch {
      // It has ended.
    }
  }
}

/** Command lines of running processes, this one excepted, that were given a data folder. */
export function processesOf(dataDir: string): string[] {
  return allPids()
    .filter((pid) => pid !== process.pid && identify(pid))
    .map((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
        return environment.includes(`DATA_DIR=${dataDir}`) || line.includes(dataDir) ? line : ''
      } catch {
        return ''
      }
    })
    .filter(Boolean)
}

/** A Node program that can be killed and started again. */
export interface Program {
  /** Undefined while it doesn't run. */
  readonly pid: number | undefined
  start(): void
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM and its exit code, null when it had to be killed after `graceMs`. */
  stop(graceMs: number): Promise<number | null>
}

/** `log` gets what it prints. */
export function program(args: string[], env: NodeJS.ProcessEnv, log: (text: string) => void): Program {
  let child: ChildProcess | null = null
  const gone = () => child === null || child.exitCode !== null || child.signalCode !== null
  const end = async (signal: NodeJS.Signals) => {
    if (gone()) return
    const exit = once(child!, 'exit')
    child!.kill(signal)
    await exit
  }
  return {
    get pid() {
      return gone() ? undefined : child!.pid
    },
    start() {
      if (!gone()) return
      child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
      child.stdout?.setEncoding('utf8').on('data', log)
      child.stderr?.setEncoding('utf8').on('data', log)
      child.on('error', (error) => log(error.message))
    },
    kill: () => end('SIGKILL'),
    async stop(graceMs) {
      const patience = setTimeout(() => child?.kill('SIGKILL'), graceMs)
      await end('SIGTERM')
      clearTimeout(patience)
      return child?.exitCode ?? null
    },
  }
}

/** The server process of a cluster and all that it started. */
export function postgresProcesses(cluster: string): number[] {
  const pid = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0])
  return [pid, ...childrenOf(pid)]
}
