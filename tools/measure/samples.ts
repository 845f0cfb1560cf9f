import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RenderOptions } from '#core/engine/options'
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
const PRESENTERS = {
  elena: 'presenter_elena_1280x720.mp4',
  viktor: 'presenter_viktor_1920x1080.mp4',
  kofi: 'presenter_kofi_720x1280_talking.mp4',
  mei: 'presenter_mei_1280x720_talking_silent.mp4',
}

export interface SampleMeasures {
  /** Such as "elena en". */
  name: string
  checks: Check[]
}

/** Renders the four sample presenters in both languages with the built-in engine, and measures each. */
export async function* measureSamples(
  options: RenderOptions,
  { cacheDir, sheetDir, signal }: { cacheDir: string; sheetDir: string | null; signal: AbortSignal },
): AsyncGenerator<SampleMeasures> {
  const scratchDir = await mkdtemp(join(tmpdir(), 'greenroom-samples-'))
  const engine = createMouthEngine()
  try {
    await engine.load('cpu')
    const talking = await talkingJitter(cacheDir, signal)
    for (const [presenter, file] of Object.entries(PRESENTERS)) {
      for (const language of ['en', 'zh'] as const) {
        const audioPath = SAMPLE_SPEECHES[language]
        const videoPath = join(folder, 'presenters', file)
        const outputPath = join(scratchDir, 'result.mp4')
        const hashes = { audioHash: await hashOf(audioPath), videoHash: await hashOf(videoPath) }
        const input = { audioPath, videoPath, ...hashes, outputPath, cacheDir, scratchDir, options }
        await engine.render(input, { signal, onProgress: () => {} })
        const sheet = sheetDir ? createContactSheet() : null
        const measures = await measureResult({
          ...{ sourcePath: videoPath, resultPath: outputPath, audioPath, cacheDir, options, signal },
          otherPath: SAMPLE_SPEECHES[language === 'en' ? 'zh' : 'en'],
          visit: sheet?.visit,
        })
        if (sheetDir) {
          await mkdir(sheetDir, { recursive: true })
          await sheet?.save(join(sheetDir, `${presenter}-${language}.png`), signal)
        }
        yield { name: `${presenter} ${language}`, checks: checksOf(measures, talking) }
      }
    }
  } finally {
    await engine.close()
    await rm(scratchDir, { recursive: true, force: true })
  }
}
