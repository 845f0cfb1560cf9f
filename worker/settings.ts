import { z } from 'zod'
import { positive, readEnvironment } from '#core/env'
import { DEVICE_FORMS, isDevice } from './engine-contract/device.ts'
import { engineEnvironment, engineSettings } from './engine-contract/settings.ts'
import { workerTimings } from './timings.ts'

const schema = engineEnvironment.extend({
  DEVICE: z.string().refine(isDevice, `must be one of ${DEVICE_FORMS}`).default('cpu'),
  /** Seconds without progress before a render is stopped. */
  STALL_SECONDS: positive(300),
  /** How much the cache may hold, and days after its last use that something is kept there. */
  CACHE_MAX_BYTES: positive(5 * 2 ** 30),
  CACHE_MAX_DAYS: positive(30),
  /** Names this machine where its host name changes between starts, as in containers. */
  MACHINE_NAME: z.string().optional(),
})

/** What one worker process is told by its environment. */
export function workerSettings(source?: NodeJS.ProcessEnv) {
  const settings = readEnvironment(schema, source)
  const { DEVICE, ENGINE, STALL_SECONDS, CACHE_MAX_BYTES, CACHE_MAX_DAYS, MACHINE_NAME } = settings
  return {
    device: DEVICE,
    defaultEngine: ENGINE,
    engines: engineSettings(settings),
    stallMs: STALL_SECONDS * 1000,
    cacheLimits: { maxBytes: CACHE_MAX_BYTES, maxAgeMs: CACHE_MAX_DAYS * 24 * 3600_000 },
    host: MACHINE_NAME,
    timings: workerTimings(source),
  }
}

const listed = z.object({
  DEVICES: z
    .string()
    .default('')
    .transform((text) => [...new Set(text.split(',').map((device) => device.trim()))].filter(Boolean))
    .refine((devices) => devices.every(isDevice), `must be some of ${DEVICE_FORMS}, separated by commas`),
  DEVICE: schema.shape.DEVICE,
})

/** The slots of this machine, in order: DEVICES=cuda:0,cuda:1, or the one DEVICE, or the CPU. */
export function slotDevices(source?: NodeJS.ProcessEnv): string[] {
  const { DEVICES, DEVICE } = readEnvironment(listed, source)
  return DEVICES.length > 0 ? DEVICES : [DEVICE]
}
