import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { rendering } from '#core/media/needs'
import { processesOf } from '#tools/soak/processes'
import { mutate } from './mutations.ts'
import type { FileOutcome } from './one-file.ts'
import { randomOf } from './random.ts'
import type { RunnerEnd, RunnerTask } from './runner.ts'
import { makeSeeds, type Seed } from './seeds.ts'
import { foreignCalls, straceCommand } from './strace.ts'

export type FuzzReport = {
  files: number
  answers: Record<string, number>
  crashes: string[]
  hangs: string[]
  left: string[]
  foreign: string[]
  killed: string[]
  peakBytes: number
  memoryLimit: number
  /** Whether strace could be used. */
  watched: boolean
}

export type FuzzOptions = { files: number; seed: number; runners?: number; say?: (line: string) => void }

const RUNNER = fileURLToPath(new URL('runner.ts', import.meta.url))
/** Files for one runner process: few enough to find the culprit, enough not to pay for its start each time. */
const BATCH = 50

/** Mutates small files of every accepted format, and takes each the way of an upload and of a render. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { files, seed, runners = availableParallelism(), say = () => {} } = options
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-fuzz-'))
  const report: FuzzReport = {
    ...{ files, answers: {}, crashes: [], hangs: [], left: [], foreign: [], killed: [], peakBytes: 0 },
    memoryLimit: rendering([]).memoryBytes,
    watched: straceCommand(folder) !== null,
  }
  const trap = await openTrap()
  try {
    const bait = join(folder, 'bait.ts')
    await writeFile(bait, 'nobody may read this')
    const seeds = await makeSeeds(join(folder, 'seeds'), bait, trap.port)
    const batches = Array.from({ length: Math.ceil(files / BATCH) }, (_, n) => n)
    const work = async () => {
      for (let n = batches.shift(); n !== undefined; n = batches.shift()) {
        await runBatch({ folder, seeds, n, count: Math.min(BATCH, files - n * BATCH), seed, report })
        say(`${Object.values(report.answers).reduce((sum, count) => sum + count, 0)} of ${files} files`)
      }
    }
    await Promise.all(Array.from({ length: runners }, work))
    report.foreign.push(...trap.visits)
    return report
  } finally {
    trap.close()
    await rm(folder, { recursive: true, force: true })
  }
}

type Batch = { folder: string; seeds: Seed[]; n: number; count: number; seed: number; report: FuzzReport }

async function runBatch({ folder, seeds, n, count, seed, report }: Batch): Promise<void> {
  const own = join(folder, `batch-${n}`)
  const [input, logs, tmp] = ['input', 'logs', 'tmp'].map((name) => join(own, name))
  for (const each of [input, logs, tmp]) await mkdir(each, { recursive: true })
  const task: RunnerTask = { files: [], companions: companionsOf(folder, own) }
  const described = new Map<string, string>()
  for (let k = 0; k < count; k++) {
    const random = randomOf(seed + 1000 * n + k)
    const source = seeds[(n * BATCH + k) % seeds.length]
    const { bytes, how } = mutate(source, random, seeds)
    const path = join(input, `${k}-${source.name}`)
    await writeFile(path, bytes)
    described.set(path, `file ${n * BATCH + k} (${source.name}: ${how.join(', ')})`)
    task.files.push({ path, kind: source.kind })
  }
  await writeFile(join(own, 'task.json'), JSON.stringify(task))
  await runTask(own, { logs, tmp, described, report })
  report.left.push(...(await readdir(tmp)).map((name) => `${name} in the folder of temporary files`))
  report.left.push(...processesOf(own).map((line) => `process ${line.slice(0, 200)}`))
  await rm(own, { recursive: true, force: true })
}

const companionsOf = (folder: string, own: string) => ({
  audioPath: join(folder, 'seeds', 'pcm.wav'),
  videoPath: join(folder, 'seeds', 'mjpeg.avi'),
  folder: own,
})

type Run = { logs: string; tmp: string; described: Map<string, string>; report: FuzzReport }

async function runTask(own: string, { logs, tmp, described, report }: Run): Promise<void> {
  const command = [...(straceCommand(logs) ?? []), process.execPath, RUNNER, join(own, 'task.json')]
  const env = { ...process.env, TMPDIR: tmp, UV_THREADPOOL_SIZE: '4' }
  const child: ChildProcess = spawn(command[0], command.slice(1), {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let end: RunnerEnd | null = null
  let told = 0
  for await (const line of createInterface({ input: child.stdout! })) {
    const said = JSON.parse(line) as FileOutcome | RunnerEnd
    if ('threads' in said) end = said
    else note(said, described.get(said.path) ?? said.path, report)
    told++
  }
  const [code, signal] = (await closed) as [number | null, string | null]
  if (!end) {
    const culprit = [...described.values()][told]
    report.crashes.push(`${culprit}: the process ended with ${signal ?? code}`)
    return
  }
  report.peakBytes = Math.max(report.peakBytes, end.peakBytes)
  if (report.watched)
    report.foreign.push(...foreignCalls(logs, end.threads, [`${own}/`, join(own, '../seeds/')]))
}

function note(outcome: FileOutcome, name: string, report: FuzzReport): void {
  report.answers[outcome.answer] = (report.answers[outcome.answer] ?? 0) + 1
  if (outcome.crash) report.crashes.push(`${name}: ${outcome.crash}`)
  if (outcome.hang) report.hangs.push(`${name}: ${outcome.hang}`)
  if (outcome.killed) report.killed.push(`${name}: ${outcome.killed}`)
  report.left.push(...outcome.left.map((file) => `${name}: ${file}`))
}

/** A port on which nobody may knock. */
async function openTrap() {
  const visits: string[] = []
  const server = net.createServer((socket) => {
    visits.push('a visit to the port')
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as net.AddressInfo).port, visits, close: () => void server.close() }
}
