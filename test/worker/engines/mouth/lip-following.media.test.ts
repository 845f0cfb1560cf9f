import { expect, test, vi } from 'vitest'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { cutSpeech, presenter, renderOn, setUpStage, speech } from '#test/worker/engines/stage'
import { GATES } from '#tools/measure/gates'
import { measureResult } from '#tools/measure/measure'
import { MOUTH_GATES } from '#tools/measure/mouth-gates'

// 180 frames measured by three networks: much on a busy machine.
vi.setConfig({ testTimeout: 120_000 })
const stage = setUpStage()

test.for([
  ['presenter_elena_1280x720.mp4', 'speech_en_short.wav', 'speech_zh_short.wav'],
  ['presenter_mei_1280x720_talking_silent.mp4', 'speech_zh_short.wav', 'speech_en_short.wav'],
])('the mouth of %s follows %s, which the source does not', async ([video, audio, other]) => {
  const audioPath = await cutSpeech(stage, speech(audio), 3.6)
  const { input } = await renderOn(stage, audioPath, presenter(video))
  const { lips } = await measureResult({
    ...{ sourcePath: input.videoPath, resultPath: input.outputPath, audioPath, otherPath: speech(other) },
    ...{ cacheDir: stage.cacheDir, options: DEFAULT_OPTIONS, signal: new AbortController().signal },
  })
  for (const following of [lips.lm68, lips.mesh]) {
    expect(following.driven).toBeGreaterThanOrEqual(MOUTH_GATES.follows.r)
    expect(following.source).toBeLessThan(GATES.source)
    expect(Math.abs(following.best.steps)).toBeLessThanOrEqual(1)
  }
  expect(lips.refined.closedGap).toBeLessThan(GATES.closedGap)
})
