import { db } from '#core/db'
import { type JobForecast, readForecast } from '#core/forecast/forecast-data'
import { jobsAheadOfEach } from '#core/queue/position'
import { errorFor, eventFor } from '#core/render-job/error-view'
import { ENDED_STATES, isEnded, OPEN_STATES } from '#core/render-job/state'
import { ownedBy, type Viewer } from '#core/viewer/viewer'
import { readRivals } from '#core/worker/engines'
import type { Prisma } from '#prisma/client'

/** The columns that pages and the API show of a job. */
export const JOB_VIEW = {
  id: true,
  batchId: true,
  ownerId: true,
  ordinal: true,
  state: true,
  band: true,
  priority: true,
  attempt: true,
  losses: true,
  cancelRequestedAt: true,
  stage: true,
  fraction: true,
  framesDone: true,
  fps: true,
  errorCode: true,
  errorMessage: true,
  errorParams: true,
  queuedAt: true,
  notBefore: true,
  startedAt: true,
  finishedAt: true,
  resultKey: true,
  resultThumbKey: true,
  resultBytes: true,
  resultFrames: true,
  resultFps: true,
  resultWidth: true,
  resultHeight: true,
  resultDurationMs: true,
  presenter: {
    select: { id: true, name: true, thumbnailKey: true, durationMs: true, width: true, height: true },
  },
  engine: true,
  batch: {
    select: {
      id: true,
      name: true,
      pausedAt: true,
      options: true,
      speech: { select: { id: true, name: true, durationMs: true } },
    },
  },
  owner: { select: { id: true, name: true, email: true } },
} as const satisfies Prisma.RenderJobSelect

type Row = Prisma.RenderJobGetPayload<{ select: typeof JOB_VIEW }>

/**
 * A job as its owner or an admin sees it. `position` is 1 for the next one to start; null unless it waits, and
 * while its batch is paused. `forecast` is null once it has ended.
 */
export type JobView = Row & { position: number | null; forecast: JobForecast | null }

/**
 * Adds the exact position to every waiting job, and the forecast to every open one. Without a viewer errors are shown as
 * to a member.
 */
export async function withPositions(rows: Row[], viewer?: Viewer): Promise<JobView[]> {
  const open = rows.filter((row) => !isEnded(row.state)).map((row) => row.id)
  const [ahead, forecasts] = await Promise.all([aheadOf(rows), readForecast(open)])
  return rows.map((row) => ({
    ...errorFor(row, viewer),
    position: isInLine(row) ? (ahead.get(row.priority) ?? 0) + 1 : null,
    forecast: forecasts.get(row.id) ?? null,
  }))
}

const isInLine = (row: Row): boolean => row.state === 'queued' && row.batch.pausedAt === null

/** How many go before each waiting job, by its priority: one query for all that have the same rivals. */
async function aheadOf(rows: Row[]): Promise<Map<number, number>> {
  const waiting = rows.filter(isInLine)
  if (waiting.length === 0) return new Map()
  const rivalsOf = await readRivals()
  const groups = Map.groupBy(waiting, (row) => rivalsOf(row.engine)?.join() ?? '')
  const counted = await Promise.all(
    [...groups.values()].map((group) =>
      jobsAheadOfEach(
        group.map((row) => row.priority),
        db(),
        rivalsOf(group[0].engine),
      ),
    ),
  )
  return new Map(counted.flatMap((ahead) => [...ahead]))
}

/** One job that the viewer may see, or null. */
export async function findJob(id: string, viewer: Viewer): Promise<JobView | null> {
  const row = await db().renderJob.findFirst({
    where: { id, deletedAt: null, ...ownedBy(viewer) },
    select: JOB_VIEW,
  })
  return row ? (await withPositions([row], viewer))[0] : null
}

/** The viewer's own jobs that wait or run, in the order of the line, running ones first. */
export async function listOpenJobs(ownerId: string, limit = 500): Promise<JobView[]> {
  return listInLine({ ownerId }, limit)
}

/** How many jobs wait: one owner's, or everybody's. */
export function countWaiting(ownerId?: string): Promise<number> {
  return db().renderJob.count({ where: { state: 'queued', ownerId } })
}

/** Everybody's jobs that wait or run: for admins. */
export async function listAllOpenJobs(limit = 500): Promise<JobView[]> {
  return listInLine({}, limit)
}

async function listInLine(where: Prisma.RenderJobWhereInput, limit: number): Promise<JobView[]> {
  const running = await db().renderJob.findMany({
    where: { ...where, state: 'running' },
    orderBy: { startedAt: 'asc' },
    select: JOB_VIEW,
  })
  const waiting = await db().renderJob.findMany({
    where: { ...where, state: 'queued' },
    orderBy: { priority: 'desc' },
    take: limit,
    select: JOB_VIEW,
  })
  return withPositions([...running, ...waiting])
}

/** A page of ended jobs, newest first. `cursor` is the id of the last job of the page before. */
export async function listEndedJobs(
  where: { ownerId?: string; states?: ('succeeded' | 'failed' | 'cancelled')[] },
  { limit = 24, cursor }: { limit?: number; cursor?: string } = {},
): Promise<{ jobs: JobView[]; nextCursor: string | null }> {
  const rows = await db().renderJob.findMany({
    where: {
      ownerId: where.ownerId,
      deletedAt: null,
      state: { in: where.states ?? [...ENDED_STATES] },
    },
    orderBy: [{ finishedAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
    ...(cursor ? { cursor: { id: cursor }, skip: 1 } : {}),
    select: JOB_VIEW,
  })
  const jobs = await withPositions(rows.slice(0, limit))
  return { jobs, nextCursor: rows.length > limit ? jobs[limit - 1].id : null }
}

/** A job's log, oldest line first; `afterId` to read on from a known line. Null when the viewer may not see it. */
export async function readJobLog(jobId: string, viewer: Viewer, afterId = 0n) {
  const job = await db().renderJob.findFirst({
    where: { id: jobId, deletedAt: null, ...ownedBy(viewer) },
    select: { id: true },
  })
  if (!job) return null
  const events = await db().jobEvent.findMany({
    ...{ where: { jobId, id: { gt: afterId } }, orderBy: { id: 'asc' }, take: 1000 },
  })
  return events.map((event) => eventFor(event, viewer))
}

/** Where a job's result is in storage, for the worker that put it there. */
export async function findResultKey(jobId: string): Promise<string | null> {
  const job = await db().renderJob.findUnique({ where: { id: jobId }, select: { resultKey: true } })
  return job?.resultKey ?? null
}

/** Content hashes of the speeches and videos that are being rendered. */
export async function findContentsInUse(): Promise<Set<string>> {
  const sha256 = { select: { sha256: true } }
  const jobs = await db().renderJob.findMany({
    where: { state: 'running' },
    select: { presenter: sha256, batch: { select: { speech: sha256 } } },
  })
  return new Set(jobs.flatMap(({ presenter, batch }) => [presenter.sha256, batch.speech.sha256]))
}

/** Those of the jobs that wait or run. */
export async function findOpenJobIds(ids: string[]): Promise<string[]> {
  const jobs = await db().renderJob.findMany({
    where: { id: { in: ids }, state: { in: [...OPEN_STATES] } },
    select: { id: true },
  })
  return jobs.map((job) => job.id)
}
