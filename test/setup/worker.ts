import { type ChildProcess, fork, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { acceptUpload } from '#core/asset/accept'
import { uploadLimits } from '#core/asset/limits'
import type { AssetKind } from '#core/asset/schema'
import { createBatch } from '#core/batch/mutations'
import type { BatchRequest } from '#core/batch/schema'
import { db } from '#core/db'
import { announce } from '#core/events/events'
import { newId } from '#core/ids'
import { diskStorage } from '#core/storage/disk'
import { dataLayout, prepareDataDir } from '#core/storage/layout'
import type { RenderJob } from '#prisma/client'
import type { Timings } from '#worker/timings'

const ROOT = join(import.meta.dirname, '../..')

/** Sample media of the repository, by file name. */
export const sample = (name: string): string =>
  join(ROOT, 'public/samples', name.startsWith('speech') ? 'speech' : 'presenters', name)

/** Media that goes wrong in some way, by file name. */
export const awkward = (name: string): string => join(ROOT, 'test/fixtures/awkward', name)

export interface WorkerProcess {
  child: ChildProcess
  /** Everything it printed. */
  output: () => string
  /** Resolves once it prints that it is ready. */
  ready: () => Promise<void>
  /** Sends a signal and waits until the process is gone. Returns its exit code, null when killed. */
  stop: (signal: NodeJS.Signals) => Promise<number | null>
}

/**
 * Starts a real slot process, without its supervisor, on DATABASE_URL and DATA_DIR, or on what `env` says; where there
 * is a `wrapper`, as the program that this command turns into.
 */
export function startWorker(env: Record<string, string> = {}, wrapper: string[] = []): WorkerProcess {
  const [command, ...args] = [...wrapper, process.execPath, join(ROOT, 'worker/slot-main.ts')]
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.on('error', (error) => (output += error.message))
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return {
    child,
    output: () => output,
    ready: () => until(() => output.includes('worker ready') || gone(child, output)),
    async stop(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit')
        child.kill(signal)
        await exit
      }
      return child.exitCode
    },
  }
}

/** Starts the process that looks into uploads, as its supervisor does; it stops at a signal or with this process. */
export function startInspector(): ChildProcess {
  return fork(join(ROOT, 'worker/inspect/inspector-main.ts'), {
    env: { ...process.env, ...timings({ pollMs: 200 }) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** Settings for a worker that waits less long for some things, or for ever; see worker/timings.ts. */
export const timings = (change: Partial<Timings>): Record<string, string> => ({
  WORKER_TIMINGS: JSON.stringify(change),
})

/** An interval that no test lives to see the end of. */
export const NEVER_MS = 24 * 3_600_000

/** What the workers' log says from now on. */
export function workerLog(): () => string {
  const file = join(process.env.DATA_DIR!, 'logs/worker.log')
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  const before = read().length
  return () => read().slice(before)
}

/** Wakes all slots, and resolves once the one of a process has had a look at the line. */
export async function untilLooked(pid: number): Promise<void> {
  const heartbeat = async () => (await db().worker.findFirstOrThrow({ where: { pid } })).heartbeatAt.getTime()
  // At each of these a slot looks at the line, and then says that it is alive.
  for (let look = 0; look < 3; look++) {
    const before = await heartbeat()
    await announce(db(), { kind: 'control' })
    await until(async () => (await heartbeat()) > before)
  }
}

/** Resolves once the maintenance of some slot has had a whole round: it removes what no job owns. */
export async function untilMaintained(): Promise<void> {
  const folder = join(dataLayout(process.env.DATA_DIR!).checkpoints, newId())
  for (let round = 0; round < 2; round++) {
    mkdirSync(folder, { recursive: true })
    await until(() => !existsSync(folder))
  }
}

function gone(child: ChildProcess, output: string): boolean {
  if (child.exitCode !== null) throw new Error(`the worker left with ${child.exitCode}: ${output}`)
  return false
}

/** Makes an asset of a file the way an upload does. */
export async function importAsset(ownerId: string, kind: AssetKind, file: string): Promise<string> {
  const dataDir = process.env.DATA_DIR!
  await prepareDataDir(dataDir)
  const layout = dataLayout(dataDir)
  const path = join(layout.uploads, newId())
  copyFileSync(file, path)
  const bytes = readFileSync(file)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const upload = { ownerId, kind, name: file.split('/').at(-1)!, path, bytes: bytes.length, sha256 }
  const { assetId } = await acceptUpload(upload, {
    dataDir,
    storage: diskStorage(layout.storage),
    limits: uploadLimits(),
  })
  return assetId
}

/** A batch of real files, in their order. */
export async function submitBatch(
  ownerId: string,
  speech: string,
  presenters: string[],
  options?: BatchRequest['options'],
): Promise<RenderJob[]> {
  const speechId = await importAsset(ownerId, 'speech', speech)
  const presenterIds = []
  for (const file of presenters) presenterIds.push(await importAsset(ownerId, 'presenter', file))
  const created = await createBatch(ownerId, { name: 'Batch', speechId, presenterIds, options })
  if (created.outcome !== 'created') throw new Error(created.outcome)
  return created.jobs
}

/** Waits until `check` is true, looking 20 times a second. */
export async function until(check: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const startedAt = Date.now()
  while (!(await check())) {
    if (Date.now() - startedAt > timeoutMs)
      throw new Error(`still waiting after ${timeoutMs} ms for: ${check}`)
    await sleep(50)
  }
}

export const readJob = (id: string): Promise<RenderJob> => db().renderJob.findUniqueOrThrow({ where: { id } })

/** Waits until a job renders frames: not only claimed, but in the middle of the work. */
export const untilRendering = (id: string): Promise<void> =>
  until(async () => {
    const job = await readJob(id)
    return job.state === 'running' && job.stage === 'render' && job.framesDone > 10
  })

/** Waits until a job is at its engine's work, whether or not that tells of frames. */
export const untilAtWork = (id: string): Promise<void> =>
  until(async () => {
    const job = await readJob(id)
    return job.state === 'running' && job.stage === 'render'
  })

export const untilEnded = (ids: string[]): Promise<void> =>
  until(
    async () => (await db().renderJob.count({ where: { id: { in: ids }, finishedAt: null } })) === 0,
    120_000,
  )

/** Files below a folder of the data folder, relative to it. */
export function filesIn(folder: 'scratch' | 'storage/results' | 'uploads'): string[] {
  const root = join(process.env.DATA_DIR!, folder)
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  } catch {
    return []
  }
}

/** Command lines of running ffmpeg processes that mention the data folder. */
export function ffmpegProcesses(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((line) => line.includes('ffmpeg') && line.includes(process.env.DATA_DIR!))
}
