import { env } from '#core/env'
import { prepareDataDir } from '#core/storage/layout'
import { disconnectAll } from '../_events/hub.ts'
import { webEnv } from './env.ts'
import { webLog } from './log.ts'
import { sweepUploads } from './uploads.ts'

/** Checks the settings, so that a bad one stops the start; tidies; and lets a stop end the open event streams. */
export async function startWeb(): Promise<void> {
  webEnv()
  await prepareDataDir(env().DATA_DIR)
  sweepUploads()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void disconnectAll())
  webLog().info({ pid: process.pid }, 'web started')
}
