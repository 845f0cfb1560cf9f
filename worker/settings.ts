import { z } from 'zod'
import { DEVICE_FORMS, isDevice } from './engine-contract/device.ts'
import { engineEnvironment, engineSettings } from './engine-contract/settings.ts'
import { workerTimings } from './timings.ts'

/** Empty variables, as .env files have them, count as unset. */
const positive = (byDefault: number) =>
  z.preprocess((value) => (value === '' ? undefined : value), z.coerce.number().positive().default(byDefault))

const schema = engineEnvironment.extend({
  DEVICE: z.string().min(1).refine(isDevice, `must be one of ${DEVICE_FORMS}`).default('cpu'),
  /** Seconds without progress before a render is stopped. */
  STALL_SECONDS: positive(300),
  /** How much the cache may hold, and days after its last use that something is kept there. */
  CACHE_MAX_BYTES: positive(5 * 2 ** 30),
  CACHE_MAX_DAYS: positive(30),
  /** Names this machine where its host name changes between starts, as in containers. */
  MACHINE_NAME: z.string().min(1).optional(),
})

/** What one worker process is told by its environment. Throws an Error that names each wrong variable. */
export function workerSettings(source: NodeJS.ProcessEnv = process.env) {
  const parsed = schema.safeParse(source)
  if (!parsed.success) {
    throw new Error(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
    )
  }
  const { DEVICE, ENGINE, STALL_SECONDS, CACHE_MAX_BYTES, CACHE_MAX_DAYS, MACHINE_NAME } = parsed.data
  return {
    device: DEVICE,
    defaultEngine: ENGINE,
    engines: engineSettings(parsed.data),
    stallMs: STALL_SECONDS * 1000,
    cacheLimits: { maxBytes: CACHE_MAX_BYTES, maxAgeMs: CACHE_MAX_DAYS * 24 * 3600_000 },
    host: MACHINE_NAME,
    timings: workerTimings(source),
  }
}

/** The slots of this machine, in order: DEVICES=cuda:0,cuda:1, or the one DEVICE, or the CPU. Throws for what is none. */
export function slotDevices(source: NodeJS.ProcessEnv = process.env): string[] {
  const named = (source.DEVICES ?? '').split(',').map((device) => device.trim())
  const wanted = [...new Set(named.filter(Boolean))]
  const devices = wanted.length > 0 ? wanted : [source.DEVICE || 'cpu']
  const wrong = devices.find((device) => !isDevice(device))
  if (wrong) throw new Error(`DEVICES: "${wrong}" is not a device. Use ${DEVICE_FORMS}, separated by commas.`)
  return devices
}
