import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Peaks in bytes. */
export interface Memory {
  /** Of the process itself, as the system counted it. */
  own: number
  /** Of all its children at one moment, and of process and children together; sampled. */
  children: number
  together: number
}

const SAMPLE_MS = 200
const HAS_PROC = existsSync('/proc/self/status')

/** Samples the memory of a process and of its children until it is stopped. */
export function watchMemory(pid: number): { stop(): Memory } {
  const peak: Memory = { own: 0, children: 0, together: 0 }
  const sample = () => {
    const table = HAS_PROC ? fromProc(pid) : fromPs(pid)
    peak.own = Math.max(peak.own, table.own)
    peak.children = Math.max(peak.children, table.children)
    peak.together = Math.max(peak.together, table.own + table.children)
  }
  const timer = setInterval(sample, SAMPLE_MS)
  return {
    stop() {
      clearInterval(timer)
      return peak
    },
  }
}

type Sample = Pick<Memory, 'own' | 'children'>

function fromProc(pid: number): Sample {
  return { own: memoryOf(pid), children: below(pid).reduce((sum, child) => sum + memoryOf(child), 0) }
}

/** All processes below one: an ffmpeg in a box is the child of a child. */
function below(pid: number): number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [child, ...below(child)])
}

/** What a process takes; what it shares with others, as two ffmpegs share their libraries, counts in parts. */
function memoryOf(pid: number): number {
  const kilobytes =
    /^Pss:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ??
    /^VmRSS:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`))?.[1]
  return Number(kilobytes ?? 0) * 1024
}

/** Empty where the process is gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function fromPs(pid: number): Sample {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' })
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const sum = (passes: (row: number[]) => boolean) =>
    rows.filter(passes).reduce((total, row) => total + row[2] * 1024, 0)
  return { own: sum(([id]) => id === pid), children: sum(([, parent]) => parent === pid) }
}
