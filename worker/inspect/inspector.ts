import { setTimeout as sleep } from 'node:timers/promises'
import {
  type DueInspection,
  endInspection,
  type InspectionQueue,
  type InspectionResult,
  putBackInspection,
  recordInspection,
  recordPreview,
  takeInspection,
} from '#core/asset/inspection'
import { messageOf } from '#core/errors'
import type { Log } from '#core/log'
import { INSPECTION_QUEUE, PREVIEW_QUEUE } from '#core/queue/boss'
import type { WakeSignal } from '#worker/wake-signal'
import { type InspectionParts, inspectAsset, makePreviews } from './inspect-asset.ts'

export interface InspectorParts extends InspectionParts {
  log: Log
  /** Called when a file may have arrived, or been inspected. */
  wakeSignals: { inspection: WakeSignal; preview: WakeSignal }
  /** Without a word from anybody, the queue is looked at this often. */
  pollMs: number
}

/** After a failure, such as a database that is away for a moment. */
const AGAIN_MS = 500

/**
 * Looks into one file after the other, first come, first served, until the signal aborts; and beside that makes previews,
 * so that nobody waits for those of somebody's long film.
 */
export async function runInspector(parts: InspectorParts): Promise<void> {
  await Promise.all([
    workOff(INSPECTION_QUEUE, parts, parts.wakeSignals.inspection, lookInto),
    workOff(PREVIEW_QUEUE, parts, parts.wakeSignals.preview, makePreview),
  ])
}

async function workOff(
  queue: InspectionQueue,
  parts: InspectorParts,
  wakeSignal: WakeSignal,
  work: (due: DueInspection, parts: InspectorParts) => Promise<void>,
): Promise<void> {
  const { signal, pollMs, log } = parts
  while (!signal.aborted) {
    try {
      const due = await takeInspection(queue)
      if (due) await carryOut(due, parts, work)
      else await wakeSignal.wait(pollMs)
    } catch (error) {
      if (signal.aborted) return
      log.error({ error: messageOf(error) }, 'could not look at the queue of inspections; trying again')
      await sleep(AGAIN_MS)
    }
  }
}

async function carryOut(
  due: DueInspection,
  parts: InspectorParts,
  work: (due: DueInspection, parts: InspectorParts) => Promise<void>,
): Promise<void> {
  try {
    await work(due, parts)
    await endInspection(due)
  } catch (error) {
    if (parts.signal.aborted) return putBackInspection(due)
    throw error
  }
}

async function lookInto(due: DueInspection, parts: InspectorParts): Promise<void> {
  if (due.asset.state !== 'inspecting') return
  const result = await inspect(due, parts)
  if (!(await recordInspection(due, result))) await forget(result, parts)
  parts.log.info({ assetId: due.asset.id, warnings: result.findings.warnings }, 'inspected')
}

async function makePreview(due: DueInspection, parts: InspectorParts): Promise<void> {
  const { asset } = due
  const previews = await makePreviews(asset, parts).catch((error) => {
    parts.signal.throwIfAborted()
    parts.log.warn({ assetId: asset.id, error: messageOf(error) }, 'no preview could be made')
    return {}
  })
  if (!(await recordPreview(due, previews)))
    for (const key of Object.values(previews)) await parts.storage.remove(key)
}

/** A file that can't be looked into can be used all the same: the render will say what is wrong with it. */
async function inspect({ asset }: DueInspection, parts: InspectorParts): Promise<InspectionResult> {
  try {
    return await inspectAsset(asset, parts)
  } catch (error) {
    parts.signal.throwIfAborted()
    parts.log.warn({ assetId: asset.id, error: messageOf(error) }, 'could not be inspected')
    return { findings: { ...asset.findings, warnings: [{ code: 'not_inspected' }] } }
  }
}

/** The asset was deleted while it was looked at. */
async function forget({ thumbnailKey }: InspectionResult, { storage }: InspectorParts): Promise<void> {
  if (thumbnailKey) await storage.remove(thumbnailKey)
}
