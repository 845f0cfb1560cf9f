import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DEFAULT_OPTIONS, type RenderOptions, renderOptions } from '#core/engine/options'
import { type Check, tableOf } from '#tools/measure/check'
import { createContactSheet } from '#tools/measure/contact-sheet'
import { checksOf } from '#tools/measure/gates'
import { measureResult } from '#tools/measure/measure'
import { pairTable, summaryOf } from '#tools/measure/pair-table'
import { measureSamples, type PairMeasures, SAMPLE_SPEECHES } from '#tools/measure/samples'
import { hashOf } from '#tools/measure/subject'
import { talkingJitter } from '#tools/measure/talking-reference'

const USAGE = `Usage: npm run measure -- --source V --result R --audio A [--json]
       npm run measure -- --samples [--footage FOLDER] [--only NAME] [--sheet FOLDER] [--json]

Measures how well the lips of a result follow its speech, and what else the render changed. The result may come
from any engine. The figures never decide the exit code; what could not be measured does.

  --source     presenter video that the result was rendered from
  --result     result, as rendered from it
  --audio      speech that it was rendered with
  --other      a speech that the lips must not follow (default: a bundled one)
  --samples    renders and measures the sample presenters in English and Chinese instead
  --footage    with --samples: a folder of more presenters
  --speeches   with --samples: a folder of speeches in place of the bundled two
  --only       with --samples: only pairs whose name ("elena en") contains this
  --options    how the result was rendered, as JSON: ${Object.keys(DEFAULT_OPTIONS).join(', ')}
  --sheet      JPEG of consecutive mouths, source above result; with --samples a folder of them
  --cache      folder of analyses (default: a folder of the system's temporary files)
  --json       one line {"checks": [...]} instead of a table; null where nothing could be measured
`

/** Exit codes: 0 measured, 1 could not be measured, 2 wrong arguments, 130 interrupted. */
async function main(): Promise<number> {
  const request = readRequest()
  if (!request) return 2
  const interrupt = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt.abort('interrupted'))
  try {
    if (request.samples) await samples(request, interrupt.signal)
    else print(await one(request, interrupt.signal), request.json)
    return 0
  } catch (error) {
    if (interrupt.signal.aborted) return 130
    process.stderr.write(`It could not be measured. ${(error as Error)?.message ?? error}\n`)
    return 1
  }
}

type Request = NonNullable<ReturnType<typeof readRequest>>

function readRequest() {
  try {
    const text = { type: 'string' } as const
    const flag = { type: 'boolean', default: false } as const
    const files = { source: text, result: text, audio: text, other: text, sheet: text }
    const folders = { footage: text, speeches: text, only: text }
    const { values } = parseArgs({
      options: {
        ...{ ...files, ...folders, options: text, samples: flag, json: flag },
        cache: { type: 'string', default: join(tmpdir(), 'greenroom-cache') },
      },
    })
    const { source, result, audio, samples } = values
    if (!samples && !(source && result && audio))
      throw new Error('A source, a result and a speech are needed.')
    const options: RenderOptions = renderOptions.parse(JSON.parse(values.options ?? '{}'))
    return { ...values, source: source ?? '', result: result ?? '', audio: audio ?? '', options }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`)
    return null
  }
}

async function one(request: Request, signal: AbortSignal): Promise<Check[]> {
  const { cache: cacheDir, options } = request
  const sheet = request.sheet ? createContactSheet() : null
  const measures = await measureResult({
    ...{ sourcePath: request.source, resultPath: request.result, audioPath: request.audio },
    ...{ otherPath: request.other ?? (await anotherSpeech(request.audio)), cacheDir, options, signal },
    visit: sheet?.visit,
  })
  if (request.sheet) await sheet?.save(request.sheet, signal)
  return checksOf(measures, await talkingJitter(cacheDir, signal))
}

/** The bundled English speech, or the Chinese one where the result speaks the English one. */
async function anotherSpeech(audioPath: string): Promise<string> {
  const { en, zh } = SAMPLE_SPEECHES
  return (await hashOf(audioPath)) === (await hashOf(en)) ? zh : en
}

async function samples(request: Request, signal: AbortSignal): Promise<void> {
  const { json, sheet, cache: cacheDir } = request
  const pairs: PairMeasures[] = []
  for await (const pair of measureSamples({ ...request, cacheDir, sheetDir: sheet ?? null, signal })) {
    if ('checks' in pair) pairs.push(pair)
    if ('refused' in pair) process.stderr.write(`• ${pair.name} refused: ${pair.refused}\n`)
    else if (!json) process.stderr.write(`• ${pair.name} measured\n`)
  }
  if (!json) return void process.stdout.write(`${pairTable(pairs)}\n`)
  const checks = pairs.flatMap(({ name, checks }) =>
    checks.map((check) => ({ ...check, name: `${name}: ${check.name}` })),
  )
  process.stdout.write(`${JSON.stringify({ checks, ...summaryOf(pairs) })}\n`)
}

function print(checks: readonly Check[], json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify({ checks })}\n` : `${tableOf(checks)}\n`)
}

// Last, so that every constant above exists by now.
process.exitCode = await main()
