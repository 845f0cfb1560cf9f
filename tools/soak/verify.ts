import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { removeAbandonedUploads } from '#core/asset/abandoned'
import { db } from '#core/db'
import { probeMedia } from '#core/media/probe'
import { RENDER_QUEUE } from '#core/queue/boss'
import type { JobEvent, RenderJob } from '#prisma/client'
import { type Entry, readLedger } from './ledger.ts'
import { processesOf } from './processes.ts'
import type { World } from './world.ts'

/** What is wrong afterwards, one line each, by kind. */
export interface Findings {
  /** Accepted, and neither ended in good order nor there; or half a batch. */
  lost: string[]
  /** More than one result, or rendered by two at once. */
  doubled: string[]
  /** Results that don't play. */
  unplayable: string[]
  /** Written by a worker that no longer had the job. */
  zombies: string[]
  /** Cancels and moves that were confirmed and not kept. */
  broken: string[]
  /** Files, rows and processes that nobody needs. */
  leftovers: string[]
}

/** Holds what is there against what was promised. To be called when everything has ended and stopped. */
export async function verify(world: World, ledgerFile: string): Promise<Findings> {
  const ledger = readLedger(ledgerFile)
  const jobs = await db().renderJob.findMany({
    include: { events: { orderBy: { id: 'asc' } }, batch: { select: { name: true } } },
  })
  const byId = new Map(jobs.map((job) => [job.id, job]))
  return {
    lost: [
      ...missing(ledger, byId),
      ...unsound(jobs),
      ...(await halfBatches(ledger)),
      ...(await lostUploads(ledger, world)),
    ],
    doubled: [...jobs.flatMap((job) => doubled(job, world)), ...overlaps(world)],
    unplayable: await unplayable(jobs, world),
    zombies: jobs.flatMap(zombieWrites),
    broken: ledger.flatMap((entry) => brokenBy(entry, byId)),
    leftovers: [...(await leftFiles(world, jobs)), ...(await leftRows()), ...processesOf(world.dataDir)],
  }
}

type Job = RenderJob & { events: JobEvent[] }

function missing(ledger: readonly Entry[], byId: Map<string, Job>): string[] {
  const accepted = ledger.flatMap((entry) => (entry.kind === 'accepted' ? entry.jobIds : []))
  return accepted.filter((id) => !byId.has(id)).map((id) => `job ${id} is gone`)
}

/** Jobs that did not end, or failed though nothing but killed workers was wrong with them. */
const unsound = (jobs: readonly Job[]): string[] =>
  jobs
    .filter(({ state, errorCode }) =>
      state === 'failed' ? errorCode !== 'worker_lost' : state === 'queued' || state === 'running',
    )
    .map(
      ({ id, state, errorCode, errorMessage }) =>
        `job ${id} is ${state} ${errorCode ?? ''} ${errorMessage ?? ''}`,
    )

async function halfBatches(ledger: readonly Entry[]): Promise<string[]> {
  const batches = await db().batch.findMany({ include: { _count: { select: { jobs: true } } } })
  const asked = new Map(
    ledger.flatMap((entry) => (entry.kind === 'asked' ? [[entry.name, entry.videos]] : [])),
  )
  const found = batches.filter(({ name, _count }) => asked.get(name) !== _count.jobs)
  const twice = batches.length - new Set(batches.map(({ name }) => name)).size
  return [
    ...found.map(({ name, _count }) => `batch ${name} has ${_count.jobs} jobs of ${asked.get(name)}`),
    ...(twice > 0 ? [`${twice} batches are there twice`] : []),
  ]
}

async function lostUploads(ledger: readonly Entry[], { dataDir }: World): Promise<string[]> {
  const assets = new Map((await db().asset.findMany()).map((asset) => [asset.id, asset]))
  const isThere = (entry: Entry & { kind: 'uploaded' }) => {
    const asset = assets.get(entry.assetId)
    const file = asset && statSync(join(dataDir, 'storage', asset.storageKey), { throwIfNoEntry: false })
    return Number(asset?.bytes) === entry.bytes && file?.size === entry.bytes
  }
  return ledger.flatMap((entry) =>
    entry.kind === 'uploaded' && !isThere(entry) ? [`the upload that became ${entry.assetId} is gone`] : [],
  )
}

const resultsOf = (world: World, jobId: string): string[] => {
  const folder = join(world.dataDir, 'storage/results', jobId)
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.mp4')) : []
}

function doubled({ id, state, resultKey, events }: Job, world: World): string[] {
  const results = resultsOf(world, id)
  const ends = events.filter(({ kind }) => kind === 'succeeded').length
  const wanted = state === 'succeeded' ? 1 : 0
  if (ends !== wanted) return [`job ${id} (${state}) succeeded ${ends} times`]
  if (results.length > wanted) return [`job ${id} (${state}) has results ${results.join(', ')}`]
  if (wanted && !resultKey?.endsWith(results[0] ?? '-')) return [`job ${id} has not the result it names`]
  return []
}

/** Lines that the render program wrote when it found its slot taken. */
function overlaps({ folder }: World): string[] {
  const file = join(folder, 'overlaps')
  const count = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0
  return count > 0 ? [`${count} renders began while another still ran on their slot`] : []
}

async function unplayable(jobs: readonly Job[], world: World): Promise<string[]> {
  const wrong: string[] = []
  for (const { id, state, resultKey, resultFrames } of jobs) {
    if (state !== 'succeeded') continue
    const probe = await probeMedia(join(world.dataDir, 'storage', resultKey!)).catch(() => null)
    if (!probe?.audio || probe.video?.frames !== resultFrames)
      wrong.push(`the result of job ${id} does not play`)
  }
  return wrong
}

const TURN_ENDS = ['succeeded', 'failed', 'cancelled', 'retrying', 'released', 'lost']

/** Each turn begins with one claim and ends once: a second end, or one without a claim, is somebody else's. */
function zombieWrites({ id, events }: Job): string[] {
  let turn = false
  let ended = false
  for (const { kind } of events) {
    const wrong =
      kind === 'claimed' ? turn || ended : kind === 'stage' ? !turn : TURN_ENDS.includes(kind) && ended
    if (wrong || (['succeeded', 'lost', 'released', 'retrying'].includes(kind) && !turn))
      return [`job ${id}: ${events.map((event) => event.kind).join(' ')}`]
    if (kind === 'claimed') turn = true
    else if (TURN_ENDS.includes(kind)) turn = false
    if (['succeeded', 'failed', 'cancelled'].includes(kind)) ended = true
  }
  return []
}

function brokenBy(entry: Entry, byId: Map<string, Job>): string[] {
  if (entry.kind !== 'cancel' && entry.kind !== 'move') return []
  const job = byId.get(entry.jobId)
  if (!job) return []
  const { kind, outcome } = entry
  if (kind === 'cancel' && outcome === 'cancelled' && job.state !== 'cancelled')
    return [`job ${job.id} was cancelled and is ${job.state}`]
  if (
    kind === 'cancel' &&
    outcome === 'cancelling' &&
    !['cancelled', 'succeeded', 'failed'].includes(job.state)
  )
    return [`job ${job.id} was to be cancelled and is ${job.state}`]
  if (kind === 'move' && outcome === 'moved' && !job.events.some((event) => event.kind === 'moved'))
    return [`job ${job.id} was moved and knows nothing of it`]
  return []
}

async function leftFiles({ dataDir }: World, jobs: readonly Job[]): Promise<string[]> {
  const assets = await db().asset.findMany()
  const wanted = new Set([
    ...jobs.flatMap((job) => [job.resultKey, job.resultThumbKey]),
    ...assets.flatMap((asset) => [asset.storageKey, asset.thumbnailKey, asset.previewKey, asset.spriteKey]),
  ])
  // As a day later: until then a client may come back to an upload that was cut off.
  await removeAbandonedUploads(dataDir, 0)
  const inside = (folder: string) =>
    readdirSync(join(dataDir, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(dataDir.length + 1))
  return ['scratch', 'uploads', 'storage']
    .flatMap(inside)
    .filter((file) => !wanted.has(file.slice('storage/'.length)))
    .map((file) => `file ${file}`)
}

async function leftRows(): Promise<string[]> {
  const open = await db().$queryRaw<{ id: string; state: string }[]>`
    SELECT entry.id::text, entry.state::text FROM pgboss.job AS entry
    LEFT JOIN "RenderJob" AS job ON job."bossJobId" = entry.id AND job.state IN ('queued', 'running')
    WHERE entry.name = ${RENDER_QUEUE} AND entry.state IN ('created', 'retry', 'active') AND job.id IS NULL`
  const workers = await db().worker.findMany({
    where: { OR: [{ state: { not: 'stopped' } }, { currentJobId: { not: null } }] },
  })
  return [
    ...open.map(({ id, state }) => `pg-boss job ${id} (${state})`),
    ...workers.map(({ id, state, device }) => `worker ${id} on ${device} (${state})`),
  ]
}
