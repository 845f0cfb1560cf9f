import { useMemo } from 'react'
import type { RenderOptions } from '#core/engine/options'
import type { Band } from '#core/queue/ordering'
import type { UploadItem } from './uploads.ts'

/** The batch as it would be sent now, for its estimate; null while there is none. */
export function useDraft(
  speech: UploadItem | undefined,
  ready: UploadItem[],
  band: Band,
  options: RenderOptions,
): object | null {
  const speechId = speech?.status === 'ready' ? speech.assetId : undefined
  const ids = ready.map((item) => item.assetId).join()
  return useMemo(
    () => (speechId && ids ? { speechId, presenterIds: ids.split(','), band, options } : null),
    [speechId, ids, band, options],
  )
}
