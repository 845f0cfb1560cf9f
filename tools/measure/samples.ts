import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RenderOptions } from '#core/engine/options'
import { EngineError } from '#worker/engine-contract/engine'
import { createMouthEngine } from '#worker/engines/mouth/mouth'
import type { Check } from './check.ts'
import { createContactSheet } from './contact-sheet.ts'
import { checksOf } from './gates.ts'
import { measureResult } from './measure.ts'
import { hashOf } from './subject.ts'
import { talkingJitter } from './talking-reference.ts'

const folder = fileURLToPath(new URL('../../public/samples/', import.meta.url))

export const SAMPLE_SPEECHES = {
  en: join(folder, 'speech/speech_en_short.wav'),
  zh: join(folder, 'speech/speech_zh_short.wav'),
}
const VIDEOS = ['.mp4', '.mov', '.webm', '.mkv']
const SOUNDS = ['.wav', '.mp3', '.m4a', '.flac', '.ogg']

export interface SampleRequest {
  /** Folders of more presenters, and of speeches in place of the bundled two. */
  footage?: string
  speeches?: string
  /** Only pairs whose name contains this. */
  only?: string
  options: RenderOptions
  cacheDir: string
  sheetDir: string | null
  signal: AbortSignal
}

interface Pair {
  /** Such as "elena en". */
  name: string
  videoPath: string
  audioPath: string
  otherPath: string
}

export interface PairMeasures {
  name: string
  checks: Check[]
}

/** A pair that the engine refused, and why. */
export interface RefusedPair {
  name: string
  refused: string
}

/** Renders each presenter with each speech by the built-in engine, and measures each result. */
export async function* measureSamples(request: SampleRequest): AsyncGenerator<PairMeasures | RefusedPair> {
  const { cacheDir, sheetDir, signal } = request
  const pairs = await pairsOf(request)
  if (pairs.length === 0) throw new Error('No pair of presenter and speech has such a name.')
  const scratchDir = await mkdtemp(join(tmpdir(), 'greenroom-samples-'))
  const engine = createMouthEngine()
  try {
    await engine.load('cpu')
    if (sheetDir) await mkdir(sheetDir, { recursive: true })
    const talking = await talkingJitter(cacheDir, signal)
    for (const pair of pairs) {
      const outputPath = join(scratchDir, 'result.mp4')
      try {
        const { videoPath, audioPath } = pair
        const hashes = { audioHash: await hashOf(audioPath), videoHash: await hashOf(videoPath) }
        const { options } = request
        const input = { audioPath, videoPath, ...hashes, outputPath, cacheDir, scratchDir, options }
        await engine.render(input, { signal, onProgress: () => {} })
      } catch (error) {
        if (!(error instanceof EngineError)) throw error
        yield { name: pair.name, refused: error.message }
        continue
      }
      yield { name: pair.name, checks: checksOf(await measurePair(pair, outputPath, request), talking) }
    }
  } finally {
    await engine.close()
    await rm(scratchDir, { recursive: true, force: true })
  }
}

async function measurePair(pair: Pair, resultPath: string, request: SampleRequest) {
  const { cacheDir, sheetDir, options, signal } = request
  const sheet = sheetDir ? createContactSheet() : null
  const { videoPath, audioPath, otherPath } = pair
  const measures = await measureResult({
    ...{ sourcePath: videoPath, resultPath, audioPath, otherPath, cacheDir, options, signal },
    visit: sheet?.visit,
  })
  if (sheetDir) await sheet?.save(join(sheetDir, `${pair.name.replace(' ', '-')}.jpg`), signal)
  return measures
}

async function pairsOf({ footage, speeches, only = '' }: SampleRequest): Promise<Pair[]> {
  const own = await filesOf(join(folder, 'presenters'), VIDEOS)
  const presenters = [...own, ...(footage ? await filesOf(footage, VIDEOS) : [])]
  const bundled = Object.entries(SAMPLE_SPEECHES).map(([name, path]) => ({ name, path }))
  const spoken = speeches ? await filesOf(speeches, SOUNDS) : bundled
  const pairs = presenters.flatMap((presenter) =>
    spoken.map((speech, n) => ({
      name: `${presenter.name} ${speech.name}`,
      videoPath: presenter.path,
      audioPath: speech.path,
      otherPath: spoken.length > 1 ? spoken[(n + 1) % spoken.length].path : SAMPLE_SPEECHES.en,
    })),
  )
  return pairs.filter(({ name }) => name.includes(only))
}

/** Files of a folder with one of the endings, by name; our presenters' names are cut to the person's. */
async function filesOf(place: string, endings: string[]) {
  const names = (await readdir(place)).filter((name) => endings.includes(extname(name).toLowerCase())).sort()
  return names.map((file) => ({
    name: /^presenter_([a-z]+)_/.exec(file)?.[1] ?? parse(file).name,
    path: join(place, file),
  }))
}
