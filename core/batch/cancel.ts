import { batchExists } from '#core/batch/data'
import { cancelAll } from '#core/render-job/actions/cancel'
import type { Viewer } from '#core/viewer/viewer'

/**
 * Cancels all jobs of a batch that haven't ended. Returns how many are cancelled and how many still have to stop; null
 * when the viewer has no such batch.
 */
export async function cancelBatch(
  id: string,
  viewer: Viewer,
): Promise<{ cancelled: number; cancelling: number } | null> {
  return (await batchExists(id, viewer)) ? cancelAll({ batchId: id }, viewer, { running: true }) : null
}
