import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import { cutSpeech, presenter, renderOn, setUpStage, speech } from '#test/worker/engines/stage'
import type { Check } from '#tools/measure/check'
import { checksOf } from '#tools/measure/gates'
import { measureResult } from '#tools/measure/measure'

// Each measures some 125 frames with three networks: 3 s of CPU, much more on a busy machine.
vi.setConfig({ testTimeout: 120_000 })
const stage = setUpStage()
const run = promisify(execFile)
const ffmpeg = (...args: string[]) => run(ffmpegPath(), ['-v', 'error', '-y', ...args])
const { signal } = new AbortController()
/** Jitter of the talking sample presenter; measured again by the command, given here to save time. */
const TALKING = 0.0034

let source: string
let result: string
let audio: string
let other: string

beforeAll(async () => {
  source = join(stage.folder, 'source.mp4')
  const small = ['-t', '2', '-an', '-vf', 'scale=640:360', '-crf', '14']
  await ffmpeg('-i', presenter('presenter_elena_1280x720.mp4'), ...small, source)
  audio = await cutSpeech(stage, speech('speech_en_short.wav'), 3)
  other = await cutSpeech(stage, speech('speech_zh_short.wav'), 3)
  result = (await renderOn(stage, audio, source)).input.outputPath
})

/** Three seconds are too short for chance to average out. */
const BY_CHANCE = "r with another speech's curve"

/** The missed gates of a result, by name. */
async function missed(resultPath: string, audioPath = audio): Promise<string[]> {
  const measures = await measureResult({
    ...{ sourcePath: source, resultPath, audioPath, otherPath: audioPath === audio ? other : audio },
    ...{ cacheDir: stage.cacheDir, options: DEFAULT_OPTIONS, signal },
  })
  return checksOf(measures, TALKING).flatMap(({ name, ok }) => (ok || name === BY_CHANCE ? [] : [name]))
}

const LIPS = ['r with the driven curve, lm68', 'r with the driven curve, mesh']

test('a render passes every gate', async () => {
  expect(await missed(result)).toEqual([])
})

test('sound that comes 200 ms late is late', async () => {
  const late = join(stage.folder, 'late.mp4')
  await ffmpeg('-i', result, '-c:v', 'copy', '-af', 'adelay=200:all=1,atrim=end=3', late)
  expect(await missed(late)).toEqual(['sound after the picture'])
})

test('lips of another speech do not follow, and its sound is told apart', async () => {
  const gates = await missed(result, other)
  expect(gates).toEqual(expect.arrayContaining([...LIPS, 'likeness of the sound to the speech']))
})

test('an untouched source with the speech under it does not follow', async () => {
  const frozen = join(stage.folder, 'frozen.mp4')
  const looped = ['-stream_loop', '1', '-i', source, '-i', audio, '-map', '0:v', '-map', '1:a', '-t', '3']
  await ffmpeg(...looped, '-crf', '18', '-preset', 'veryfast', frozen)
  const gates = await missed(frozen)
  expect(gates).toEqual(expect.arrayContaining(LIPS))
  expect(gates).not.toContain('sound after the picture')
})

test('a picture that was touched elsewhere, or cut short, is noticed', async () => {
  const marked = join(stage.folder, 'marked.mp4')
  const box = 'drawbox=x=20:y=20:w=40:h=40:color=white:t=fill,trim=end_frame=70'
  await ffmpeg('-i', result, '-vf', box, '-crf', '18', '-preset', 'veryfast', '-c:a', 'copy', marked)
  const gates = await missed(marked)
  expect(gates).toEqual(expect.arrayContaining(['PSNR outside the mouth', 'frames too many']))
})

test('the command prints one line of checks, and fails where it can not measure', async () => {
  const command = fileURLToPath(new URL('../../../bin/commands/measure.ts', import.meta.url))
  const files = ['--source', source, '--result', result, '--audio', audio]
  const args = [...files, '--cache', stage.cacheDir, '--sheet', join(stage.folder, 'sheet.png'), '--json']
  const { stdout } = await run(process.execPath, [command, ...args])
  expect(stdout.trim().split('\n')).toHaveLength(1)
  const { checks } = JSON.parse(stdout) as { checks: Check[] }
  expect(checks.length).toBeGreaterThan(14)
  const types = checks.map(({ name, value, unit, target, ok, notApplicable }) =>
    [name, value === null ? notApplicable : value, unit, target, ok].map((v) => typeof v),
  )
  const measured = 'string,number,string,string,boolean'
  expect(new Set(types.map(String))).toEqual(new Set([measured, measured.replace('number', 'string')]))
  await expect(run(process.execPath, [command, ...args.with(3, audio)])).rejects.toMatchObject({ code: 1 })
  await expect(run(process.execPath, [command, '--json'])).rejects.toMatchObject({ code: 2 })
})
