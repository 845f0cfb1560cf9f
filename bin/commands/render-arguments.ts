import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { DEFAULT_OPTIONS, ENGINE_NAMES, type RenderOptions, renderOptions } from '#core/engine/options'
import { slotDevices, workerSettings } from '#worker/settings'

export const USAGE = `Usage: npm run render -- --audio SPEECH --video PRESENTER --out RESULT.mp4 [--engine NAME]
         [--options JSON] [--no-resume] [--json]

Renders one lip-synced video in this terminal, without a database.

  --audio    speech: mp3, wav, m4a, ...
  --video    presenter video: mp4, mov, webm, ...
  --out      result, an mp4; replaced if it exists
  --engine   ${ENGINE_NAMES.join(', ')} (default: ENGINE, else mouth), on the first of DEVICES where it is ready
  --options  as the API takes them, for example '{"quality": "high", "face": "left"}':
             ${Object.keys(DEFAULT_OPTIONS).join(', ')}
  --cache    folder of analyses that later renders reuse (default: a folder of the system's temporary files)
  --no-resume  begin at the first frame, where an interrupted render of the same files left some
  --json     no progress bar; one line of JSON at the end
`

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const

/** What a render is asked for, with the settings of the engines from the environment. Throws an Error that says what is wrong. */
export function readArguments() {
  const { values } = parseArgs({
    options: {
      ...{ audio: text, video: text, out: text, engine: text, options: text },
      ...{ 'no-resume': flag, json: flag, cache: { ...text, default: join(tmpdir(), 'greenroom-cache') } },
    },
  })
  const { audio, video, out, cache, json } = values
  if (!audio || !video || !out) throw new Error('A speech, a presenter and a name for the result are needed.')
  const { engines, defaultEngine } = workerSettings()
  const options = readOptions(values.options)
  const named =
    values.engine === undefined ? options.engine : checked('--engine', z.enum(ENGINE_NAMES), values.engine)
  const engine = named ?? defaultEngine
  return {
    ...{ audio, video, out, cache, json, engine, engines, devices: slotDevices() },
    options: { ...options, engine: named },
    resume: !values['no-resume'],
  }
}

export type RenderArguments = ReturnType<typeof readArguments>

function readOptions(json = '{}'): RenderOptions {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw new Error(`--options is not JSON: ${(error as Error).message}`)
  }
  return checked('--options', renderOptions.strict(), value)
}

function checked<Schema extends z.ZodType>(name: string, schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map(({ path, message }) => `${[name, ...path].join('.')}: ${message}`)
  throw new Error(lines.join('\n'))
}
