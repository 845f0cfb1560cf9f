import { z } from 'zod'
import { ENGINE_NAMES } from './engines/registry.ts'

const schema = z.object({
  DEVICE: z.string().min(1).default('cpu'),
  ENGINE: z.enum(ENGINE_NAMES).default('mouth'),
  /** Seconds without progress before a render is stopped. */
  STALL_SECONDS: z.coerce.number().positive().default(300),
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
  const { DEVICE, ENGINE, STALL_SECONDS, MACHINE_NAME } = parsed.data
  return { device: DEVICE, engine: ENGINE, stallMs: STALL_SECONDS * 1000, host: MACHINE_NAME }
}
