import { expect, test } from 'vitest'
import {
  follows,
  isAsSharp,
  isDriven,
  keepsLips,
  lightsUp,
  type MouthTraces,
  mouthChecks,
  movesCalmly,
  opensWide,
  shapesItself,
  showsNoSeam,
} from '#tools/measure/mouth-gates'
import type { MouthTrace } from '#tools/measure/watch'

const FRAMES = 200
const series = (of: (n: number) => number) => Array.from({ length: FRAMES }, (_, n) => of(n))
/** What the speech asks for: syllables of 16 frames that begin with shut lips, in turns round and spread. */
const syllable = (n: number) => Math.sin((Math.PI * (n % 16)) / 16)
const isRound = (n: number) => Math.floor(n / 16) % 2 === 0
const poses = series(syllable).map((open, n) => ({
  ...{ open, closed: n % 16 < 2 ? 1 : 0, lipOnTeeth: 0 },
  ...{ round: isRound(n) ? open : 0, spread: isRound(n) ? 0 : open },
}))
const driven = poses.map(({ open, closed }) => open * (1 - closed))
/** Something that comes by no pattern, between -1 and 1. */
const noise = (n: number) => Math.sin(n * n * 12.9898)

function mouth(opening: readonly number[]): MouthTrace {
  return {
    ...{ lm68: opening, mesh: opening, refined: opening },
    width: series((n) => (isRound(n) ? 0.45 : 0.6)),
    lipHeight: series(() => 0.2),
    inside: opening.map((gap) => 0.6 + gap),
    seam: series(() => -10),
    bend: series((n) => (n < 2 ? NaN : 2 + noise(n))),
    sharpness: series(() => 8),
  }
}

/** A person who speaks in the clip, and a result that is as good. */
const source = mouth(driven.map((value) => 0.18 * value).reverse())
const good: MouthTraces = {
  ...{ poses, source, result: mouth(driven.map((value) => 0.18 * value)) },
  own: { opening: source.refined, width: source.width },
  ...{ tracked: source.refined, spoken: 0.8, undriven: 0 },
}
/** One whose clip shows shut lips all the time. */
const shut = mouth(series(() => 0.004))
const silent: MouthTraces = {
  ...{ ...good, source: { ...shut, width: series(() => 0.5) }, tracked: shut.refined },
  own: { opening: shut.refined, width: series(() => 0.5) },
}
const quiet: MouthTraces = {
  ...{ ...good, spoken: 0, result: shut },
  poses: poses.map((pose) => ({ ...pose, open: 0, closed: 0, round: 0, spread: 0 })),
}
const withResult = (change: Partial<MouthTrace>, of = good) => ({
  ...of,
  result: { ...of.result, ...change },
})

test('a mouth as good as the presenter own keeps to every gate', () => {
  expect(mouthChecks(good).filter(({ ok }) => !ok)).toEqual([])
  expect(mouthChecks(good).every(({ notApplicable }) => !notApplicable)).toBe(true)
  expect(mouthChecks(silent).filter(({ ok }) => !ok)).toEqual([])
})

test('lips follow as well as a judge sees lips at all', () => {
  const weak = (r: number) => driven.map((value, n) => value + noise(n) * Math.sqrt(1 / r ** 2 - 1) * 0.45)
  const ok = (traces: MouthTraces) => follows(traces).map((check) => check.ok)
  const lips = withResult({ lm68: weak(0.85) })
  expect(ok(lips)).toEqual([false, true])
  // A judge that sees the untouched source no better asks for no more of the result.
  const blurred = { ...good.source, lm68: [...weak(0.85)].reverse() }
  expect(ok({ ...lips, source: blurred })).toEqual([true, true])
  expect(ok(withResult({ mesh: series(noise) }, { ...good, source: blurred }))).toEqual([true, false])
})

test.for([
  ['half as far', 0.5, false],
  ['as far', 1, true],
  ['half as far again', 1.5, false],
] as const)('a wide vowel that opens %s as the presenter', ([, factor, ok]) => {
  expect(opensWide(withResult({ refined: good.result.refined.map((gap) => factor * gap) })).ok).toBe(ok)
})

test('a spoken vowel that never comes is missed', () => {
  expect(opensWide({ ...good, poses: quiet.poses })).toMatchObject({ value: 0, ok: false })
})

test('teeth that light up as the mouth opens are noticed', () => {
  const lit = good.result.refined.map((gap) => 0.4 + 5 * gap)
  expect(lightsUp(withResult({ inside: lit })).ok).toBe(false)
  expect(
    lightsUp({ ...withResult({ inside: lit }), source: { ...source, inside: lit.toReversed() } }).ok,
  ).toBe(true)
  expect(lightsUp(withResult({ inside: lit }, silent)).ok).toBe(false)
})

test('a white seam between closed lips is noticed, and one that flashes', () => {
  const ok = (seam: readonly number[]) => showsNoSeam(withResult({ seam })).map((check) => check.ok)
  expect(ok(series(() => 0))).toEqual([false, true])
  expect(ok(series((n) => (n % 64 < 2 ? 5 : -10)))).toEqual([true, false])
})

test('lips that are squashed where they meet are noticed', () => {
  const heights = good.result.refined.map((gap) => (gap < 0.03 ? 0.174 : 0.2))
  expect(keepsLips(withResult({ lipHeight: heights })).ok).toBe(false)
})

test('trembling and pops are told apart', () => {
  const ok = (bend: readonly number[]) => movesCalmly(withResult({ bend })).map((check) => check.ok)
  const { bend } = good.result
  expect(ok(bend.map((value) => 1.6 * value))).toEqual([false, false])
  expect(ok(bend.map((value, n) => (n % 10 === 0 ? 4 : value)))).toEqual([true, false])
})

test.for([
  [0.7, false],
  [1, true],
  [1.3, false],
] as const)('a mouth %d as sharp', ([factor, ok]) => {
  const sharpness = good.result.sharpness.map((value) => factor * value)
  expect(isAsSharp(withResult({ sharpness })).ok).toBe(ok)
  // Teeth that a silent clip doesn't show add edges: there only shut lips are compared.
  const opened = silent.result.sharpness.map((value, n) =>
    silent.result.refined[n] < 0.04 ? factor * value : 20,
  )
  expect(isAsSharp(withResult({ sharpness: opened }, silent)).ok).toBe(ok)
})

test('faces that are left as they were are counted', () => {
  expect(isDriven({ ...good, undriven: 0.03 }).ok).toBe(false)
})

test('round and spread mouths have to differ where the presenter own do', () => {
  const same = withResult({ width: series(() => 0.52) })
  expect(shapesItself(same).ok).toBe(false)
  expect(shapesItself({ ...same, own: silent.own }).notApplicable).toMatch('hardly differ')
})

test('what a speech or a clip can not show is not applicable, and not missed', () => {
  const why = (traces: MouthTraces) =>
    Object.fromEntries(mouthChecks(traces).map(({ name, notApplicable }) => [name, notApplicable]))
  expect(why(quiet)).toMatchObject({
    'r with the driven curve, lm68': 'nobody speaks',
    "wide vowels over the presenter's own widest": 'nobody speaks',
    'light inside by gap, slope over that of the source': 'the mouth never opens',
    'light of the seam on p, b, m': 'the speech has no p, b or m',
    'height of shut lips over that of the source': 'the speech has no p, b or m',
    'width when spread over width when round': 'nobody speaks',
  })
  expect(why(silent)).toMatchObject({
    'bend of the movement over that of the source': 'the clip shows no mouth that speaks',
    'width when spread over width when round': "the presenter's own hardly differ",
  })
  expect(mouthChecks(quiet).filter(({ ok }) => !ok)).toEqual([])
})
