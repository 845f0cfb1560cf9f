import type { MouthPose } from '#worker/engines/mouth/speech/curves'
import { atLeast, atMost, type Check, notApplicable, within } from './check.ts'
import { correlation, meanOf, quantile, slopeOf } from './statistics.ts'
import type { MouthTrace } from './watch.ts'

/** A result and its source in the frames that show the face, and what the speech asks for in them. */
export interface MouthTraces {
  poses: readonly MouthPose[]
  result: MouthTrace
  source: MouthTrace
  /** The presenter's own mouth in all frames of the clip, by the tracker: gap and width in face units. */
  own: { opening: readonly number[]; width: readonly number[] }
  /** What the tracker saw in each frame of the source: against it the judges are judged. */
  tracked: readonly number[]
  /** Share of the speech in which somebody speaks. */
  spoken: number
  /** Share of the frames with a face that could be driven in which the lips are not. */
  undriven: number
}

/** Share of a closure from which lips must touch, and of an opening from which a mouth counts as wide. */
export const CLOSED = 0.8
export const WIDE = 0.7
/** Strength from which a mouth counts as round or spread. */
export const SHAPED = 0.5
/** Frames of a kind that are needed to judge it. */
const FEW = 3
/** A clip whose 97th percentile of the gap is smaller shows no mouth that speaks. */
const SPEAKING = 0.05
/** A speech in which less is voice opens no mouth. */
const SPOKEN = 0.02
/** A gap from which the inside of a mouth is seen, and one at which lips count as shut. */
const OPEN_GAP = 0.04
const SHUT_GAP = 0.012

/** What real mouths keep to; docs/measures.md says where each number is from. */
export const MOUTH_GATES = {
  follows: { r: 0.93, ofCeiling: 0.92 },
  wide: [0.7, 1.2],
  /** The 95th percentile of a speaking person's gap, where the clip doesn't tell. */
  speaker: [0.13, 0.17],
  /** How much more the inside may light up with the gap, and by how much real ones do. */
  lit: { more: 0.3, usual: 0.3 },
  seam: { median: 8, worst: 12 },
  lips: 0.9,
  bend: { mean: 1.5, above: 0.08 },
  sharpness: [0.8, 1.25],
  undriven: 0.02,
  shapes: { ratio: 1.1, own: 1.25 },
} as const

/** The nine gates of a mouth that one would publish. Each is a function of what was seen. */
export function mouthChecks(traces: MouthTraces): Check[] {
  return [
    ...follows(traces),
    opensWide(traces),
    lightsUp(traces),
    ...showsNoSeam(traces),
    keepsLips(traces),
    ...movesCalmly(traces),
    isAsSharp(traces),
    isDriven(traces),
    shapesItself(traces),
  ]
}

const NOBODY = 'nobody speaks'
const SILENT = 'the clip shows no mouth that speaks'
const NEVER_CLOSED = 'the speech has no p, b or m'

/** Openings follow the driven curve as well as the judge sees openings at all. */
export function follows({ poses, result, source, tracked, own, spoken }: MouthTraces): Check[] {
  return (['lm68', 'mesh'] as const).map((judge) => {
    const name = `r with the driven curve, ${judge}`
    if (spoken < SPOKEN) return notApplicable(name, NOBODY)
    const ceiling = isSpeaking(own) ? MOUTH_GATES.follows.ofCeiling * correlation(source[judge], tracked) : 1
    const driven = poses.map(({ open, closed }) => open * (1 - closed))
    return atLeast(name, correlation(result[judge], driven), Math.min(MOUTH_GATES.follows.r, ceiling))
  })
}

/** A wide vowel opens the mouth as far as the presenter does. */
export function opensWide({ poses, result, own, spoken }: MouthTraces): Check {
  const name = "wide vowels over the presenter's own widest"
  if (spoken < SPOKEN) return notApplicable(name, NOBODY)
  const wide = pick(result.refined, (n) => poses[n].open > WIDE && poses[n].closed < 1 - CLOSED)
  const gap = wide.length === 0 ? 0 : meanOf(wide)
  const [least, most] = MOUTH_GATES.wide
  if (isSpeaking(own)) return within(name, gap / quantile(own.opening, 0.95), [least, most])
  const [small, large] = MOUTH_GATES.speaker
  return within("wide vowels, of a clip that doesn't speak", gap, [least * small, most * large], 'eyes')
}

/** What shows between the lips does not light up as they part: teeth stay as light as they are. */
export function lightsUp({ result, source, own }: MouthTraces): Check {
  const name = 'light inside by gap, slope over that of the source'
  const slope = ({ refined, inside }: MouthTrace) => {
    const isOpen = (n: number) => refined[n] > OPEN_GAP
    const gaps = pick(refined, isOpen)
    if (gaps.length < FEW) return NaN
    const widest = quantile(refined, 0.95)
    return slopeOf(
      gaps.map((gap) => gap / widest),
      pick(inside, isOpen),
    )
  }
  const of = slope(result)
  if (Number.isNaN(of)) return notApplicable(name, 'the mouth never opens')
  const usual = isSpeaking(own) ? slope(source) : NaN
  return atMost(name, of - (Number.isNaN(usual) ? MOUTH_GATES.lit.usual : usual), MOUTH_GATES.lit.more)
}

/** Nothing white shows between lips that are pressed together. */
export function showsNoSeam({ poses, result, source }: MouthTraces): Check[] {
  const names = ['light of the seam on p, b, m', 'light of the seam on p, b, m, worst']
  const seams = pick(result.seam, isClosed(poses))
  if (seams.length < FEW) return names.map((name) => notApplicable(name, NEVER_CLOSED))
  const usual = quantile(pick(source.seam, isShut(source)), 0.5)
  return [
    atMost(names[0], quantile(seams, 0.5) - usual, MOUTH_GATES.seam.median, 'luma'),
    atMost(names[1], quantile(seams, 0.95) - usual, MOUTH_GATES.seam.worst, 'luma'),
  ]
}

/** Lips that meet are as high as the presenter's own. */
export function keepsLips({ poses, result, source }: MouthTraces): Check {
  const name = 'height of shut lips over that of the source'
  const heights = pick(result.lipHeight, isClosed(poses))
  if (heights.length < FEW) return notApplicable(name, NEVER_CLOSED)
  const shut = isShut(source)
  if (quantile(pick(source.refined, shut), 0.5) > OPEN_GAP)
    return notApplicable(name, "the clip's never shut")
  return atLeast(name, meanOf(heights) / meanOf(pick(source.lipHeight, shut)), MOUTH_GATES.lips)
}

/** The mouth neither trembles nor pops. */
export function movesCalmly({ result, source, own }: MouthTraces): Check[] {
  const names = ['bend of the movement over that of the source', "frames that pop, above the source's 99 %"]
  if (!isSpeaking(own)) return names.map((name) => notApplicable(name, SILENT))
  const [bends, usual] = [result.bend, source.bend].map((bend) =>
    bend.filter((value) => !Number.isNaN(value)),
  )
  if (bends.length < FEW) return names.map((name) => notApplicable(name, 'too few frames'))
  const limit = quantile(usual, 0.99)
  return [
    atMost(names[0], meanOf(bends) / meanOf(usual), MOUTH_GATES.bend.mean),
    atMost(names[1], bends.filter((bend) => bend > limit).length / bends.length, MOUTH_GATES.bend.above),
  ]
}

/** The mouth is neither softer nor sharper than the source; where that never opens, it is asked of shut lips. */
export function isAsSharp({ result, source, own }: MouthTraces): Check {
  const name = 'sharpness over that of the source'
  const range: [number, number] = [...MOUTH_GATES.sharpness]
  const speaks = isSpeaking(own)
  const judged = (n: number) => speaks || result.refined[n] < OPEN_GAP
  const sharp = pick(result.sharpness, judged)
  if (sharp.length < FEW) return notApplicable(name, 'the lips are never shut')
  return within(name, meanOf(sharp) / meanOf(pick(source.sharpness, judged)), range)
}

/** No face that could be driven is left as it was. */
export function isDriven({ undriven }: MouthTraces): Check {
  return atMost('frames with a face that are not driven', undriven, MOUTH_GATES.undriven)
}

/** Round and spread vowels differ, where the presenter's own do. */
export function shapesItself({ poses, result, own, spoken }: MouthTraces): Check {
  const name = 'width when spread over width when round'
  if (spoken < SPOKEN) return notApplicable(name, NOBODY)
  if (quantile(own.width, 0.95) / quantile(own.width, 0.05) <= MOUTH_GATES.shapes.own)
    return notApplicable(name, "the presenter's own hardly differ")
  const [round, spread] = (['round', 'spread'] as const).map((shape) =>
    pick(result.width, (n) => poses[n][shape] > SHAPED),
  )
  if (Math.min(round.length, spread.length) < FEW) return notApplicable(name, 'the speech lacks one of them')
  return atLeast(name, meanOf(spread) / meanOf(round), MOUTH_GATES.shapes.ratio)
}

function isSpeaking({ opening }: MouthTraces['own']): boolean {
  return quantile(opening, 0.97) >= SPEAKING
}

function isClosed(poses: MouthTraces['poses']) {
  return (n: number) => poses[n].closed > CLOSED
}

/** The frames of the source with the smallest gaps: its shut lips, unless it never shuts them. */
function isShut({ refined }: MouthTrace) {
  const limit = Math.max(SHUT_GAP, quantile(refined, 0.1))
  return (n: number) => refined[n] <= limit
}

function pick(values: readonly number[], passes: (n: number) => boolean): number[] {
  return values.filter((_, n) => passes(n))
}
