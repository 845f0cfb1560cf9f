import { expect, test } from 'vitest'
import { curvesInStyle } from '#worker/engines/mouth/learn/presenter-style'
import { learnStyle } from '#worker/engines/mouth/learn/speaking-style'
import { FEATURES } from '#worker/engines/mouth/speech/audio-network'
import { shapeOpening } from '#worker/engines/mouth/speech/curves'
import type { Speech } from '#worker/engines/mouth/speech/speech'

const SECONDS = 20
const COUNT = SECONDS * 100

/** A reproducible value between -1 and 1. */
function noise(n: number): number {
  const value = Math.sin(n * 12.9898) * 43758.5453
  return 2 * (value - Math.floor(value)) - 1
}

const syllables = Float32Array.from({ length: COUNT }, (_, n) => 0.5 + 0.4 * Math.sin(n / 9))

/** A speech whose opening is `open`, heard as voice from end to end, and whose features tell nothing. */
function speechOf(open: Float32Array): Speech {
  const flat = (value: number) => new Float32Array(COUNT).fill(value)
  const layer = {
    scales: flat(0).subarray(0, FEATURES * Math.ceil(COUNT / 512)),
    bytes: new Uint8Array(FEATURES * COUNT),
  }
  const curves = { open, spread: flat(0), round: flat(0), closed: flat(0), lipOnTeeth: flat(0) }
  return { seconds: SECONDS, curves, features: { gate: flat(1), voice: flat(1), layer }, trackPath: '' }
}

test('a presenter who opens little in the video still opens fully in a style of their own', () => {
  const raw = syllables.map((value) => value * 0.15)
  const gate = new Float32Array(COUNT).fill(1)
  expect(Math.max(...shapeOpening(raw, gate, gate, 0.07))).toBeGreaterThan(0.9)
  const style = { mean: [], spread: [], weights: [], plainMean: 0.5, plainFactor: 0.15, ownMean: 0.075 }
  const { open } = curvesInStyle(speechOf(syllables), { before: 0, after: 1, style: { ...style } })
  expect(Math.max(...open)).toBeGreaterThan(0.9)
})

test('a style that hardly follows what it was not learnt from is not used, however much better it is', () => {
  const fps = 25
  const frames = SECONDS * fps
  const speech = speechOf(syllables)
  // One feature tells how this person opens the mouth.
  speech.features.layer.scales.fill(1)
  const told = Float32Array.from({ length: COUNT }, (_, n) => 0.5 + 0.5 * Math.sin(n / 17))
  speech.features.layer.bytes.set(told.map((value) => 255 * value))
  // The last third is the test of what was learnt: all of the person's own there, or little of it in much else.
  const learnt = (share: number) => {
    const opening = Float32Array.from({ length: frames }, (_, n) => {
      const own = 0.05 * syllables[n * 4] + 0.1 * told[n * 4]
      return n < frames * 0.65 ? own : share * own + (1 - share) * 0.2 * noise(n)
    })
    const measures = { opening, weight: new Float32Array(frames).fill(1) }
    return learnStyle(speech, measures as Parameters<typeof learnStyle>[1], fps)!
  }
  expect(learnt(1).style).not.toBeNull()
  const loose = learnt(0.5)
  expect(loose.after).toBeGreaterThan(loose.before + 0.05)
  expect(loose.style).toBeNull()
})

/** What the sound says, and what a presenter adds to it: between 0 and 1, without a common rhythm. */
const said = (t: number) => 0.5 + 0.3 * Math.sin(11 * t) + 0.2 * Math.sin(4.7 * t + 1)
const added = (t: number) => 0.5 + 0.3 * Math.sin(14.3 * t + 2) + 0.2 * Math.sin(6.1 * t)

function learntFrom(lips: (t: number) => number) {
  const speech = speechOf(Float32Array.from({ length: COUNT }, (_, n) => said(n / 100)))
  speech.features.layer.scales.fill(1)
  speech.features.layer.bytes.set(Float32Array.from({ length: COUNT }, (_, n) => 255 * added(n / 100)))
  const weight = new Float32Array(SECONDS * 25).fill(1)
  const measures = { weight, opening: weight.map((_, n) => lips(n / 25)) }
  return learnStyle(speech, measures as Parameters<typeof learnStyle>[1], 25)
}

test.each([-0.16, 0, 0.16])('a style is learnt from a clip whose picture is %d s late', (late) => {
  const learnt = learntFrom((t) => 0.05 * said(t - late) + 0.1 * added(t - late))!
  expect(learnt.before).toBeLessThan(0.7)
  expect(learnt.after).toBeGreaterThan(0.95)
  expect(learnt.style).not.toBeNull()
})

test('lips that do not speak what the sound says teach nothing, nor do those that need no correction', () => {
  expect(learntFrom((t) => Math.sin(31 * t))).toBeNull()
  expect(learntFrom(said)).toMatchObject({ style: null })
})
