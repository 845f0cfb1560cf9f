import { createHash } from 'node:crypto'
import { z } from 'zod'
import { db } from '#core/db'
import { ENGINE_NAMES } from '#core/engine/options'
import { BANDS } from '#core/queue/ordering'
import { JOB_STATES } from '#core/render-job/state'
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

/** Names what a preview showed: the same jobs and the same action have the same token. */
export function tokenOf(jobs: readonly SelectedJob[], action: BulkAction): string {
  const ids = jobs.map(({ id }) => id).sort()
  return createHash('sha256')
    .update(JSON.stringify([action, ids]))
    .digest('base64url')
}
