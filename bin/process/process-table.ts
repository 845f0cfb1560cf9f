import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const HAS_PROC = existsSync('/proc/self/stat')

/** A process told apart from a later one that was given the same number. */
export type ProcessIdentity = { pid: number; startedAt: string }

/** The identity of a running process; undefined when there is none, or only its remains. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = HAS_PROC ? startFromProc(pid) : ask(pid, 'lstart=')
  return startedAt ? { pid, startedAt } : undefined
}

/** True while exactly this process runs. */
export function isRunning(known: ProcessIdentity): boolean {
  return Boolean(known.startedAt) && identify(known.pid)?.startedAt === known.startedAt
}

/** The command line of a running process, or an empty string. */
export function commandLine(pid: number): string {
  if (!HAS_PROC) return ask(pid, 'args=')
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

/** Boot id and ticks since boot: the same number after a restart of the machine is another process. */
function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${rest[18]}`
  } catch {
    return undefined
  }
}

function ask(pid: number, column: string): string {
  return spawnSync('ps', ['-ww', '-o', column, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? ''
}

/** The process that started `pid`, or took it over when that one ended. */
export function parentOf(pid: number): number | undefined {
  if (!HAS_PROC) return Number(ask(pid, 'ppid=')) || undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
