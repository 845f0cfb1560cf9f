import { writeAudit } from '#core/audit/mutations'
import { setBatchPaused } from '#core/batch/pause'
import {
  type BulkAction,
  type BulkSelection,
  type SelectedJob,
  selectJobs,
  tokenOf,
} from '#core/bulk/bulk-selection'
import { mayAct, type SkipReason, skipReason } from '#core/bulk/skip-reason'
import { Superseded, type Tx, transact } from '#core/db'
import { assertNever } from '#core/errors'
import { recordForecast } from '#core/forecast/recorded-forecast'
import type { Refusal } from '#core/limits/refusal'
import { cancelSome } from '#core/render-job/actions/cancel'
import { moveSome } from '#core/render-job/actions/move'
import { resubmitSome } from '#core/render-job/actions/resubmit'
import type { JobState } from '#core/render-job/state'
import type { Viewer } from '#core/viewer/viewer'

/** What an action would touch, before it does. */
export interface BulkPreview {
  /** To be sent with the action, which then touches just these jobs or none. */
  token: string
  jobs: number
  byState: { state: JobState; jobs: number }[]
  /** The one with the most jobs first. */
  byOwner: { ownerId: string; name: string; jobs: number }[]
  skipped: { reason: SkipReason; jobs: number }[]
}

export type BulkOutcome =
  /** `touched` may be less than previewed where jobs moved on in between. */
  | { outcome: 'done'; touched: number; skipped: BulkPreview['skipped'] }
  | { outcome: 'changed'; preview: BulkPreview }
  | { outcome: 'refused'; refusal: Refusal; touched: number }
  | { outcome: 'forbidden' }

/** Jobs of one transaction, while which nobody takes the head of the line. */
const AT_ONCE = 200

/** What an action on a selection would touch and what it would leave alone; null where the viewer may not do it. */
export async function previewBulk(
  viewer: Viewer,
  selection: BulkSelection,
  action: BulkAction,
): Promise<BulkPreview | null> {
  return mayAct(viewer, action) ? (await look(viewer, selection, action)).preview : null
}

/**
 * Acts on all selected jobs, some hundred in one transaction, in the order of the line. With the token of a
 * preview it touches nothing unless the jobs are those that the preview showed.
 */
export async function runBulk(
  viewer: Viewer,
  selection: BulkSelection,
  action: BulkAction,
  token?: string,
): Promise<BulkOutcome> {
  if (!mayAct(viewer, action)) return { outcome: 'forbidden' }
  const { touched: jobs, preview } = await look(viewer, selection, action)
  if (token !== undefined && token !== preview.token) return { outcome: 'changed', preview }
  let touched = 0
  for (const some of portionsOf(jobs, action)) {
    const left = jobs.length - touched
    const done = await transact<number | Refusal>(async (tx) => {
      const outcome = await act(tx, viewer, some, action, left)
      if (typeof outcome === 'object') throw new Superseded(outcome)
      if (touched === 0) await writeAudit(tx, ...notesOf(viewer, action, preview))
      return outcome
    }, PATIENT)
    if (typeof done === 'object') return { outcome: 'refused', refusal: done, touched }
    touched += done
  }
  if (action.kind === 'resubmit') await recordForecast(jobs.map(({ id }) => id))
  return { outcome: 'done', touched, skipped: preview.skipped }
}

/** What the audit keeps: for each person, what was done to how many of their jobs. */
const notesOf = (viewer: Viewer, action: BulkAction, { byOwner }: BulkPreview) =>
  byOwner.map(({ ownerId, jobs }) => ({
    ...{ actorId: viewer.id, action: 'queue.bulk' as const, subjectId: ownerId },
    to: { ...action, jobs },
  }))

const PATIENT = { maxWait: 60_000, timeout: 120_000 }

async function look(viewer: Viewer, selection: BulkSelection, action: BulkAction) {
  const jobs = await selectJobs(viewer, selection)
  const reasons = new Map(jobs.map((job) => [job, skipReason(job, action, viewer)]))
  const touched = jobs.filter((job) => reasons.get(job) === null)
  const tally = <Key>(keys: Key[]) =>
    [...Map.groupBy(keys, (key) => key)].map(([key, all]) => [key, all.length] as const)
  const names = new Map(touched.map((job) => [job.ownerId, job.owner.name]))
  const preview: BulkPreview = {
    token: tokenOf(touched, action),
    jobs: touched.length,
    byState: tally(touched.map((job) => job.state)).map(([state, jobs]) => ({ state, jobs })),
    byOwner: tally(touched.map((job) => job.ownerId))
      .map(([ownerId, jobs]) => ({ ownerId, name: names.get(ownerId)!, jobs }))
      .sort((a, b) => b.jobs - a.jobs),
    skipped: tally([...reasons.values()].filter((reason) => reason !== null)).map(([reason, jobs]) => ({
      reason,
      jobs,
    })),
  }
  return { touched, preview }
}

/**
 * In the order of the line, so that jobs keep it among themselves; to the front goes the last one first. The last one
 * is cancelled first too, and what runs at the end, so that none of them starts meanwhile.
 */
function portionsOf(jobs: readonly SelectedJob[], action: BulkAction): SelectedJob[][] {
  const ordered = orderOf(jobs, action)
  return Array.from({ length: Math.ceil(ordered.length / AT_ONCE) }, (_, index) =>
    ordered.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  )
}

function orderOf(jobs: readonly SelectedJob[], { kind }: BulkAction): readonly SelectedJob[] {
  if (kind === 'front') return jobs.toReversed()
  if (kind !== 'cancel') return jobs
  const { true: waiting = [], false: others = [] } = Object.groupBy(
    jobs,
    (job) => `${job.state === 'queued'}`,
  )
  return [...waiting.toReversed(), ...others]
}

/** Acts on some jobs in a transaction. `left`: so many are still to come, these included. */
async function act(
  tx: Tx,
  viewer: Viewer,
  jobs: readonly SelectedJob[],
  action: BulkAction,
  left: number,
): Promise<number | Refusal> {
  const ids = jobs.map(({ id }) => id)
  const audited = true
  switch (action.kind) {
    case 'cancel': {
      const outcomes = await cancelSome(tx, ids, viewer, { audited })
      return count(outcomes, 'cancelled') + count(outcomes, 'cancelling')
    }
    case 'resubmit': {
      const outcomes = await resubmitSome(tx, ids, viewer, { band: action.band, left, audited })
      return outcomes instanceof Map ? count(outcomes, 'queued') : outcomes
    }
    case 'band':
      return count(await moveSome(tx, ids, viewer, { band: action.band }, { audited }), 'moved')
    case 'front':
      return count(await moveSome(tx, ids, viewer, { front: true }, { audited }), 'moved')
    case 'pause':
    case 'resume': {
      for (const batchId of new Set(jobs.map((job) => job.batchId)))
        await setBatchPaused(tx, batchId, viewer, action.kind === 'pause')
      return jobs.length
    }
    default:
      return assertNever(action)
  }
}

const count = <Outcome>(outcomes: Map<string, Outcome>, wanted: Outcome): number =>
  [...outcomes.values()].filter((outcome) => outcome === wanted).length
