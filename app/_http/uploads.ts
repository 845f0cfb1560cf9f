import { webLog } from '#app/_server/log'
import { storage } from '#app/_server/storage'
import { removeAbandonedUploads } from '#core/asset/abandoned'
import { acceptUpload } from '#core/asset/accept'
import { uploadLimits } from '#core/asset/limits'
import { uploadRefusal } from '#core/asset/upload-answers'
import { createUploadServer, type UploadServer } from '#core/asset/uploads'
import { env } from '#core/env'
import { explain, statusOf } from '#core/limits/refusal'
import { releaseLostRoom, releaseRoom, reserveRoom } from '#core/limits/room'
import { requireViewer } from './route.ts'

const HOUR_MS = 3_600_000

const shared = globalThis as typeof globalThis & { greenroomUploads?: UploadServer }

/** The process's one tus server: its locks live in memory, so that it survives hot reload. */
export function uploads(): UploadServer {
  shared.greenroomUploads ??= startUploads()
  return shared.greenroomUploads
}

/** Removes uploads that nobody went on with, now and every hour. */
export function sweepUploads(): NodeJS.Timeout {
  const sweep = async () => {
    try {
      const { DATA_DIR: dataDir } = env()
      const removed = await removeAbandonedUploads(dataDir)
      await releaseLostRoom(dataDir)
      if (removed > 0) webLog().info({ removed }, 'removed abandoned uploads')
    } catch (error) {
      webLog().error(error, 'could not remove abandoned uploads')
    }
  }
  void sweep()
  return setInterval(sweep, HOUR_MS).unref()
}

function startUploads(): UploadServer {
  const { DATA_DIR: dataDir } = env()
  const limits = uploadLimits()
  return createUploadServer({
    dataDir,
    path: '/api/v1/uploads',
    limits,
    identify: async () => ({ userId: (await requireViewer()).id }),
    admit: async (upload) => {
      const refusal = await reserveRoom(upload, dataDir)
      // 403 where POST batches says 429: tus clients would try a 429 again by themselves.
      const status = refusal && (statusOf(refusal) === 429 ? 403 : statusOf(refusal))
      return refusal && uploadRefusal(status!, refusal.code, explain(refusal), refusal.params)
    },
    onEnded: releaseRoom,
    onReceived: (upload) => acceptUpload(upload, { dataDir, storage: storage(), limits }),
    onError: (error) => webLog().error(error, 'upload'),
  })
}
