import { z } from 'zod'
import { ENGINE } from '#core/engine/default-engine'
import { positive } from '#core/env'

const PLACEHOLDERS = ['audio', 'video', 'output', 'scratch', 'attempt']

const argv = z
  .string()
  .transform((text, context): string[] => {
    const parsed = z.array(z.string()).min(1).safeParse(jsonOf(text))
    if (parsed.success) return parsed.data
    const example = '["python3","run.py","--audio","{audio}","--video","{video}","--out","{output}"]'
    context.addIssue({ code: 'custom', message: `must be a JSON array of arguments, such as ${example}` })
    return z.NEVER
  })
  .refine((args) => args.some((arg) => arg.includes('{output}')), 'must use {output} in one of its arguments')
  .superRefine((args, context) => {
    const unknown = args
      .flatMap((arg) => [...arg.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))
      .filter((name) => !PLACEHOLDERS.includes(name))
    for (const name of unknown) {
      const known = PLACEHOLDERS.map((placeholder) => `{${placeholder}}`).join(' ')
      context.addIssue({
        code: 'custom',
        message: `must not use {${name}}, which is unknown; there are ${known}`,
      })
    }
  })

const pattern = z.string().transform((text, context): RegExp => {
  try {
    const expression = new RegExp(text)
    if (new RegExp(`${text}|`).exec('')!.length >= 2) return expression
    context.addIssue({ code: 'custom', message: 'must have a group around the number, such as (\\d+)%' })
  } catch (error) {
    context.addIssue({ code: 'custom', message: `must be a regular expression: ${(error as Error).message}` })
  }
  return z.NEVER
})

const BATCH = 'must be a whole number from 1 to 256'

/** The environment variables of the engines. */
export const engineEnvironment = z.object({
  ENGINE,
  /** Path of a Wav2Lip network as ONNX. */
  WAV2LIP_MODEL: z.string().optional(),
  /** Frames that the network gets at once. */
  WAV2LIP_BATCH: z.coerce.number(BATCH).int(BATCH).min(1, BATCH).max(256, BATCH).optional(),
  /** The server of a device named "heygem". */
  HEYGEM_URL: z
    .url({ protocol: /^https?$/, error: 'must be an address such as http://render:8383' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** The folder here that the server has at HEYGEM_SHARE_INSIDE. */
  HEYGEM_SHARE: z.string().optional(),
  HEYGEM_SHARE_INSIDE: z.string().startsWith('/', 'must be an absolute path').default('/code/data'),
  /** A job whose progress stands still for so long is given up. */
  HEYGEM_TIMEOUT_SECONDS: positive(900),
  /** How long to wait for a server that is busy with somebody else's job. */
  HEYGEM_BUSY_SECONDS: positive(3600),
  /** Program and arguments as JSON. */
  COMMAND_ENGINE: argv.optional(),
  /** Folder that the program is started in. */
  COMMAND_CWD: z.string().optional(),
  /** Finds the progress in a line of its output. */
  COMMAND_PROGRESS: pattern.optional(),
  COMMAND_TIMEOUT_SECONDS: positive(4 * 3600),
})

export interface Wav2LipSettings {
  modelPath: string | null
  /** Null: 4 on the CPU, 16 elsewhere. */
  batch: number | null
}

export interface HeygemSettings {
  url: string | null
  /** The share as this machine sees it. */
  share: string | null
  /** The share as the server sees it. */
  shareInside: string
  timeoutMs: number
  busyMs: number
}

export interface CommandSettings {
  argv: readonly string[] | null
  cwd: string | null
  progress: RegExp | null
  timeoutMs: number
}

export interface EngineSettings {
  wav2lip: Wav2LipSettings
  heygem: HeygemSettings
  command: CommandSettings
}

export function engineSettings(env: z.infer<typeof engineEnvironment>): EngineSettings {
  return {
    wav2lip: { modelPath: env.WAV2LIP_MODEL ?? null, batch: env.WAV2LIP_BATCH ?? null },
    heygem: {
      url: env.HEYGEM_URL ?? null,
      share: env.HEYGEM_SHARE ?? null,
      shareInside: env.HEYGEM_SHARE_INSIDE.replace(/\/+$/, ''),
      timeoutMs: env.HEYGEM_TIMEOUT_SECONDS * 1000,
      busyMs: env.HEYGEM_BUSY_SECONDS * 1000,
    },
    command: {
      argv: env.COMMAND_ENGINE ?? null,
      cwd: env.COMMAND_CWD ?? null,
      progress: env.COMMAND_PROGRESS ?? null,
      timeoutMs: env.COMMAND_TIMEOUT_SECONDS * 1000,
    },
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
