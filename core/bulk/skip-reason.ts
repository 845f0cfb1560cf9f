import type { BulkAction, SelectedJob } from '#core/bulk/bulk-selection'
import { assertNever } from '#core/errors'
import { mayChoose } from '#core/queue/ordering'
import { mayMove } from '#core/render-job/actions/move'
import { isPermanent } from '#core/render-job/error-codes'
import { applies, isEnded } from '#core/render-job/state'
import { atLeast, type Viewer } from '#core/viewer/viewer'

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

/** Whether somebody may ask for an action at all: members have the bands normal and low, and no front. */
export const mayAct = (viewer: Viewer, action: BulkAction): boolean =>
  atLeast(viewer.role, 'operator') ||
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
