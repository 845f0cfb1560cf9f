import { expect, test } from 'vitest'
import { measureLipFollowing } from '../../measure/lip-following.ts'
import { cutSpeech, presenter, renderOn, setUpStage, speech } from './support.ts'

const stage = setUpStage()

test.for<[string, string]>([
  ['presenter_elena_1280x720.mp4', 'speech_en_short.wav'],
  ['presenter_mei_1280x720_talking_silent.mp4', 'speech_zh_short.wav'],
])('the mouth of %s follows %s, which the source does not', { timeout: 120_000 }, async ([video, audio]) => {
  const cut = await cutSpeech(stage, speech(audio), 8)
  const { input } = await renderOn(stage, cut, presenter(video))
  const following = await measureLipFollowing({ ...input, resultPath: input.outputPath })
  expect(following.result).toBeGreaterThanOrEqual(0.85)
  expect(following.source).toBeLessThan(0.4)
  expect(Math.abs(following.bestLag)).toBeLessThanOrEqual(1)
})
