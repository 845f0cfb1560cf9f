import { setTimeout as sleep } from 'node:timers/promises'
import { createBatch } from '#core/batch/mutations'
import type { BatchRequest } from '#core/batch/schema'
import { type Move, moveJob } from '#core/render-job/moves'
import { cancelJob } from '#core/render-job/requests'
import type { Viewer } from '#core/user/viewer'

/*
 * A process that does what the web server's doors do, through the same core functions: asked over its channel, and
 * made to be killed. It leaves with its parent.
 */

export type Request =
  | { op: 'submit'; ownerId: string; batch: BatchRequest }
  | { op: 'cancel'; jobId: string; viewer: Viewer }
  | { op: 'move'; jobId: string; viewer: Viewer; move: Move }

/** As one may ask it: null where the portal refused. */
export type Answer = { batchId: string; jobIds: string[] } | { outcome: string } | null

process.on('disconnect', () => process.exit(0))
process.on('message', ({ id, request }: { id: number; request: Request }) => void answer(id, request))

async function answer(id: number, request: Request): Promise<void> {
  try {
    process.send?.({ id, answer: await perform(request) })
  } catch (error) {
    process.send?.({ id, error: (error as Error).message })
  }
}

async function perform(request: Request): Promise<Answer> {
  // As a request over HTTP, it may be anywhere when the process is killed.
  await sleep(1)
  if (request.op === 'submit') {
    const created = await createBatch(request.ownerId, request.batch)
    if (created.outcome !== 'created') return null
    return { batchId: created.batch.id, jobIds: created.jobs.map((job) => job.id) }
  }
  const { jobId, viewer } = request
  return {
    outcome:
      request.op === 'cancel' ? await cancelJob(jobId, viewer) : await moveJob(jobId, viewer, request.move),
  }
}
