import { writeAudit } from '#core/audit/mutations'
import { type Tx, transact } from '#core/db'
import { recordForecast } from '#core/forecast/recorded-forecast'
import { newId } from '#core/ids'
import { checkAdmission } from '#core/limits/limits'
import type { Refusal } from '#core/limits/refusal'
import { arrive } from '#core/queue/arrivals'
import { enterLineTogether } from '#core/queue/entry'
import { type ArrivalLock, lockForArrivals } from '#core/queue/line'
import { type Band, toPriority } from '#core/queue/ordering'
import { recordTogether } from '#core/render-job/events'
import { applies, TRANSITIONS } from '#core/render-job/state'
import { transition } from '#core/render-job/transition'
import { lockActiveUser } from '#core/viewer/lock-user'
import { atLeast, ownedBy, type Viewer } from '#core/viewer/viewer'
import { Prisma, type RenderJob } from '#prisma/client'

/** What came of one job. */
type EachOutcome = 'queued' | 'not_ended' | 'succeeded' | 'not_found' | 'owner_disabled'
export type ResubmitOutcome = EachOutcome | Refusal

/**
 * failed or cancelled -> queued, at the end of its band. An admin may give it another band, and is not held to the
 * limits; a member's keeps its own, though never one above normal.
 */
export async function resubmitJob(jobId: string, viewer: Viewer, band?: Band): Promise<ResubmitOutcome> {
  const outcomes = await transact((tx) => resubmitSome(tx, [jobId], viewer, { band }))
  if (!(outcomes instanceof Map)) return outcomes
  const outcome = outcomes.get(jobId)!
  if (outcome === 'queued') await recordForecast([jobId])
  return outcome
}

/**
 * Resubmits some jobs, in this order, as part of a transaction, and says of each what came of it. A member is held
 * to the limits for all that are `left` together, so that a refusal comes before the first of them. With `audited`
 * the audit says it already, of all together.
 */
export async function resubmitSome(
  tx: Tx,
  ids: readonly string[],
  viewer: Viewer,
  { band, left = ids.length, audited = false }: { band?: Band; left?: number; audited?: boolean },
): Promise<Map<string, EachOutcome> | Refusal> {
  const found = await tx.renderJob.findMany({
    where: { id: { in: [...ids] }, deletedAt: null, ...ownedBy(viewer) },
  })
  const outcomes = new Map<string, EachOutcome>(ids.map((id) => [id, 'not_found']))
  for (const { id, state } of found) outcomes.set(id, state === 'succeeded' ? 'succeeded' : 'not_ended')
  const ended = found.filter((job) => applies('resubmit', job.state))
  for (const job of ended) outcomes.set(job.id, 'owner_disabled')
  const wanted = await ofActiveOwners(tx, ended)
  if (wanted.length === 0) return outcomes

  const seconds = wanted.reduce((sum, job) => sum + job.costSeconds, 0) * (left / wanted.length)
  const refusal = atLeast(viewer.role, 'operator') ? null : await checkAdmission(tx, viewer.id, left, seconds)
  if (refusal) return refusal
  const line = await lockForArrivals(tx)
  const entered = await enterAgain(line, await stillEnded(tx, wanted, ids), viewer, band)
  await enterLineTogether(line.tx, entered)
  await recordTogether(tx, entered, 'resubmitted', viewer.id, (job) => ({ band: job.band }))
  if (!audited) await auditEach(tx, found, entered, viewer)
  for (const { id } of wanted) outcomes.set(id, 'not_ended')
  for (const { id } of entered) outcomes.set(id, 'queued')
  return outcomes
}

/** Those jobs whose owners are active, who stay so until the transaction ends. */
async function ofActiveOwners(tx: Tx, jobs: readonly RenderJob[]): Promise<RenderJob[]> {
  const active = new Set<string>()
  for (const ownerId of [...new Set(jobs.map((job) => job.ownerId))].sort())
    if (await lockActiveUser(tx, ownerId)) active.add(ownerId)
  return jobs.filter((job) => active.has(job.ownerId))
}

/** Those jobs that nobody else has resubmitted or removed meanwhile, locked and in the order of the ids. */
async function stillEnded(tx: Tx, jobs: readonly RenderJob[], ids: readonly string[]): Promise<RenderJob[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM "RenderJob"
    WHERE id = ANY(${jobs.map(({ id }) => id)}::uuid[]) AND "deletedAt" IS NULL
      AND state = ANY(${[...TRANSITIONS.resubmit.from]}::"JobState"[])
    ORDER BY id FOR UPDATE`
  const ended = new Set(rows.map(({ id }) => id))
  const byId = new Map(jobs.map((job) => [job.id, job]))
  return ids.flatMap((id) => (ended.has(id) ? byId.get(id)! : []))
}

/** Gives jobs new places at the ends of their bands; neighbours of one owner and band arrive together. */
async function enterAgain(
  line: ArrivalLock,
  jobs: readonly RenderJob[],
  viewer: Viewer,
  wished?: Band,
): Promise<RenderJob[]> {
  const entered: RenderJob[] = []
  for (let from = 0; from < jobs.length; ) {
    const { ownerId } = jobs[from]
    const band = bandForAgain(jobs[from], viewer, wished)
    const alike = (job: RenderJob) => job.ownerId === ownerId && bandForAgain(job, viewer, wished) === band
    const end = jobs.findIndex((job, index) => index > from && !alike(job))
    const group = jobs.slice(from, end < 0 ? jobs.length : end)
    const costs = group.map((job) => job.costSeconds)
    const now = new Date()
    for (const [index, arrival] of (await arrive(line, ownerId, band, costs)).entries()) {
      const place = { band, ...arrival, priority: toPriority({ band, ticket: arrival.ticket }) }
      const fresh = { ...AS_NEW, ...place, bossJobId: newId(), queuedAt: now, bandSince: now }
      entered.push(...(await transition(line.tx, 'resubmit', { id: group[index].id }, fresh)))
    }
    from += group.length
  }
  return entered
}

/** The band of a resubmitted job: an admin's choice or its own; a member's is never above normal. */
function bandForAgain(job: { band: Band }, viewer: Viewer, wished?: Band): Band {
  if (atLeast(viewer.role, 'operator')) return wished ?? job.band
  return job.band === 'low' ? 'low' : 'normal'
}

/** What the audit keeps: jobs of others, and changes of the band. */
async function auditEach(
  tx: Tx,
  before: readonly RenderJob[],
  entered: readonly RenderJob[],
  viewer: Viewer,
): Promise<void> {
  const bands = new Map(before.map((job) => [job.id, job.band]))
  const notable = entered.filter((job) => job.ownerId !== viewer.id || job.band !== bands.get(job.id))
  const notes = notable.map(({ id, band }) => ({
    ...{ actorId: viewer.id, action: 'job.resubmit' as const, subjectId: id },
    ...{ from: { band: bands.get(id)! }, to: { band } },
  }))
  await writeAudit(tx, ...notes)
}

/** A job's columns as they were when it was first sent. */
const AS_NEW = {
  attempt: 0,
  losses: 0,
  claimToken: null,
  workerId: null,
  heartbeatAt: null,
  cancelRequestedAt: null,
  stage: null,
  fraction: 0,
  framesDone: 0,
  fps: null,
  errorCode: null,
  errorMessage: null,
  errorParams: Prisma.DbNull,
  notBefore: null,
  startedAt: null,
  finishedAt: null,
  pinned: false,
  renderSeconds: null,
  forecastAt: null,
  forecastP50At: null,
  forecastP90At: null,
  simulatedP50At: null,
  simulatedP90At: null,
} as const
