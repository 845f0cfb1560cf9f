import { readdirSync, readFileSync } from 'node:fs'
import { descendantsOf } from '#tools/soak/processes'

/** What a file of /proc says of a process; empty where it is gone. */
export function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

/** Living processes of a name below this one. */
export const runningBelow = (name: string): number[] =>
  descendantsOf(process.pid).filter((pid) => procFile(pid, 'comm').trim() === name)

/** All processes of the machine whose command line holds a word of the test's own. */
export const runningWith = (word: string): number[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .map(Number)
    .filter((pid) => procFile(pid, 'cmdline').includes(word))

/** The most memory, in bytes, that a child of this name was seen to take while `work` went on, again until it was seen. */
export async function peakMemory(work: () => Promise<unknown>, name: string): Promise<number> {
  let peak = 0
  while (peak === 0) {
    const timer = setInterval(() => {
      for (const pid of runningBelow(name)) {
        const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(procFile(pid, 'status'))?.[1]
        peak = Math.max(peak, Number(kilobytes ?? 0) * 1024)
      }
    }, 2)
    await work().finally(() => clearInterval(timer))
  }
  return peak
}
