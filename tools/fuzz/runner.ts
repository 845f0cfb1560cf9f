/**
 * Tries files one after the other, for `fuzz.ts`, which may watch this process and its children by strace. Takes the
 * path of a JSON file with what to do; prints a line of JSON for each file, and a last one about itself.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { type Companions, type FuzzedFile, tryFile } from './one-file.ts'

export type RunnerTask = { files: FuzzedFile[]; companions: Companions }
/** Its own threads, whose opens are no ffmpeg's, and the most that an ffmpeg was seen to take, in bytes. */
export type RunnerEnd = { threads: number[]; peakBytes: number }

const SAMPLE_MS = 20
let peakBytes = 0

const { files, companions } = JSON.parse(readFileSync(process.argv[2], 'utf8')) as RunnerTask
const sampling = setInterval(() => samplePeak(process.pid), SAMPLE_MS)
for (const file of files) console.log(JSON.stringify(await tryFile(file, companions)))
clearInterval(sampling)
const threads = readdirSync('/proc/self/task').map(Number)
console.log(JSON.stringify({ threads, peakBytes } satisfies RunnerEnd))
process.exit(0)

function samplePeak(pid: number): void {
  for (const child of textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)) {
    const status = textOf(`/proc/${child}/status`)
    if (/^Name:\tff(mpeg|probe)$/m.test(status)) {
      peakBytes = Math.max(peakBytes, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024)
    }
    samplePeak(child)
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
