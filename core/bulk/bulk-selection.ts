import { createHash } from 'node:crypto'
import { z } from 'zod'
import { db } from '#core/db'
import { ENGINE_NAMES } from '#core/engine/options'
import { assertNever } from '#core/errors'
import { BANDS, mayChoose } from '#core/queue/ordering'
import { mayMove } from '#core/render-job/actions/move'
import { isPermanent } from '#core/render-job/error-codes'
import { applies, isEnded, JOB_STATES } from '#core/render-job/state'
import { ownedBy, type Viewer } from '#core/viewer/viewer'

/** Most jobs that one action touches. */
export const MAX_IN_BULK = 10_000

/** Which jobs: these, or all that match. */
export const bulkSelection = z.union(
  [
    z.strictObject({ ids: z.array(z.uuid()).min(1).max(MAX_IN_BULK) }),
    z.strictObject({
      filter: z.strictObject({
        states: z.array(z.enum(JOB_STATES)).min(1),
        ownerId: z.uuid().optional(),
        batchId: z.uuid().optional(),
        band: z.enum(BANDS).optional(),
        engine: z.enum(ENGINE_NAMES).optional(),
        /** Sent longer ago than this. */
        olderThanMinutes: z.number().int().min(1).optional(),
      }),
    }),
  ],
  { error: 'Send ids, or a filter with at least one state.' },
)
export type BulkSelection = z.infer<typeof bulkSelection>

/** What to do with them. 'pause' and 'resume' concern their batches as wholes. */
export const bulkAction = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cancel') }),
  z.strictObject({ kind: z.literal('resubmit'), band: z.enum(BANDS).optional() }),
  z.strictObject({ kind: z.literal('band'), band: z.enum(BANDS) }),
  z.strictObject({ kind: z.literal('front') }),
  z.strictObject({ kind: z.literal('pause') }),
  z.strictObject({ kind: z.literal('resume') }),
])
export type BulkAction = z.infer<typeof bulkAction>

/** Why a selected job is left alone. */
export type SkipReason =
  | 'already_ended'
  | 'cancelling'
  | 'not_ended'
  | 'succeeded'
  | 'fails_again'
  | 'not_waiting'
  | 'unchanged'
  | 'owner_disabled'
  | 'forbidden'

export type SelectedJob = Awaited<ReturnType<typeof selectJobs>>[number]

/** The selected jobs that the viewer may touch: in the order of the line, ended ones in that of their batches. */
export function selectJobs(viewer: Viewer, selection: BulkSelection) {
  return db().renderJob.findMany({
    where: { AND: [whereOf(selection), ownedBy(viewer)], deletedAt: null },
    orderBy: [{ state: 'asc' }, { priority: 'desc' }, { batchId: 'asc' }, { ordinal: 'asc' }],
    take: MAX_IN_BULK,
    select: {
      id: true,
      state: true,
      band: true,
      ownerId: true,
      batchId: true,
      cancelRequestedAt: true,
      errorCode: true,
      owner: { select: { name: true, disabledAt: true } },
      batch: { select: { pausedAt: true } },
    },
  })
}

function whereOf(selection: BulkSelection) {
  if ('ids' in selection) return { id: { in: selection.ids } }
  const { states, olderThanMinutes, ...same } = selection.filter
  const before = olderThanMinutes && new Date(Date.now() - olderThanMinutes * 60_000)
  return { ...same, state: { in: states }, ...(before ? { queuedAt: { lt: before } } : {}) }
}

/** Whether somebody may ask for an action at all: members have the bands normal and low, and no front. */
export const mayAct = (viewer: Viewer, action: BulkAction): boolean =>
  viewer.role === 'admin' ||
  ((action.kind === 'band' ? mayChoose(viewer.role, action.band) : action.kind !== 'front') &&
    !(action.kind === 'resubmit' && action.band))

/** Why an action leaves a job alone; null where it touches it. */
export function skipReason(job: SelectedJob, action: BulkAction, viewer: Viewer): SkipReason | null {
  switch (action.kind) {
    case 'cancel':
      if (isEnded(job.state)) return 'already_ended'
      return job.cancelRequestedAt ? 'cancelling' : null
    case 'resubmit':
      if (job.state === 'succeeded') return 'succeeded'
      if (!applies('resubmit', job.state)) return 'not_ended'
      if (isPermanent(job.errorCode)) return 'fails_again'
      return job.owner.disabledAt ? 'owner_disabled' : null
    case 'band':
      if (!applies('move', job.state)) return 'not_waiting'
      if (job.band === action.band) return 'unchanged'
      return mayMove(viewer, job, action) ? null : 'forbidden'
    case 'front':
      return applies('move', job.state) ? null : 'not_waiting'
    case 'pause':
    case 'resume':
      if (isEnded(job.state)) return 'already_ended'
      return (job.batch.pausedAt !== null) === (action.kind === 'pause') ? 'unchanged' : null
    default:
      return assertNever(action)
  }
}

/** Names what a preview showed: the same jobs and the same action have the same token. */
export function tokenOf(jobs: readonly SelectedJob[], action: BulkAction): string {
  const ids = jobs.map(({ id }) => id).sort()
  return createHash('sha256')
    .update(JSON.stringify([action, ids]))
    .digest('base64url')
}
