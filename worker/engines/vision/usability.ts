import { LIP_PLACES, LOOK_BYTES, MIDDLE, MOUTH_PLACES } from './face-look.ts'
import { clamp } from './numbers.ts'

/**
 * A face is used fully up to the first value and not at all from the second: degrees of turn to a side and up or
 * down, and share of the mouth that is cut off by the picture's edge.
 */
const YAW = { full: 38, none: 52 }
const PITCH = { full: 30, none: 45 }
const CUT_OFF = { full: 0, none: 0.2 }
/** Colours that differ by these from the usual ones count as one step of strangeness. */
const STEP = { luma: 24, chroma: 7 }
/**
 * Mean strangeness of the mouth's places. Turned and lively faces of real clips reach 0.97; a box over the mouth
 * makes 3.5, one of the skin's own colour 0.8.
 */
const STRANGE = { full: 1, none: 1.6 }
/**
 * Less is enough, of the skin alone, where the lips' contrast to it is gone as well (real clips keep 0.5): pressed lips
 * lose their contrast too, but the skin around them stays as it is.
 */
const STRANGE_SKIN = { full: 0.62, none: 0.8 }
const CONTRAST_GONE = { from: 0.45, to: 0.2 }
/**
 * The share of frames with the reddest lips shows the face itself, and the other frames what covers it, where the usual
 * colours are unlike theirs and their lips stand out from the skin by so much more. Real lips are redder than the skin
 * around them by 3 to 13; hands and things before a mouth come to 3 at most where lips would be.
 */
const REDDEST = { share: 0.2, factor: 1.3, least: 3 }
/** A face that was used stays so down to the first value, one that was not comes back at the second. */
const KEEP = 0.35
const TAKE = 0.65
/** So many frames in a row that look strange between usable ones are used as well. */
const BRIDGED = 3
/** Shorter appearances than this have no room for both fades, and are rather mistakes than faces, in seconds. */
const MIN_SECONDS = 0.4

/**
 * Which of a video's frames show a face that a mouth can be rendered on: seen, not turned away, not cut off by the
 * picture's edge, and not covered by a hand or a microphone, which shows as colours that are not the face's own.
 */
export function usableFrames(looks: Uint8Array, frames: number, fps: number): Uint8Array {
  const usual = faceColours(looks, frames)
  const values = Float32Array.from({ length: frames }, (_, n) =>
    usability(looks.subarray(n * LOOK_BYTES, (n + 1) * LOOK_BYTES), usual),
  )
  const used = new Uint8Array(frames)
  let using = false
  for (let n = 0; n < frames; n++) {
    const value = medianOfThree(values, n)
    using = value >= (using ? KEEP : TAKE)
    used[n] = using && values[n] > 0 ? 1 : 0
  }
  bridgeGaps(used, looks)
  return withoutFlashes(used, Math.round(MIN_SECONDS * fps))
}

/** 0 for a frame without a usable face, 1 for a good one. */
function usability(look: Uint8Array, usual: Uint8Array): number {
  return Math.min(facing(look), likeness(look, usual))
}

/** 0 for a face that is not seen, turned away or cut off, 1 for one that is wholly in sight, covered or not. */
function facing(look: Uint8Array): number {
  if (look[0] === 0) return 0
  return Math.min(
    ramp(Math.abs(look[1] - MIDDLE), YAW),
    ramp(Math.abs(look[2] - MIDDLE), PITCH),
    ramp(1 - look[3] / 255, CUT_OFF),
  )
}

/** 1 for a frame in the usual colours, 0 for one whose mouth is covered. */
function likeness(look: Uint8Array, usual: Uint8Array): number {
  const strange = strangeness(look, usual)
  const lipsSeen = (lipContrast(look, usual) - CONTRAST_GONE.to) / (CONTRAST_GONE.from - CONTRAST_GONE.to)
  const skin = strangeness(look, usual, MOUTH_PLACES - LIP_PLACES)
  return Math.min(ramp(strange, STRANGE), Math.max(ramp(skin, STRANGE_SKIN), clamp(lipsSeen, 0, 1)))
}

/** How far the colours of the first `places` are from the usual ones, no place counting more than others could. */
function strangeness(look: Uint8Array, usual: Uint8Array, places = MOUTH_PLACES): number {
  let sum = 0
  for (let at = 4; at < 4 + 3 * places; at += 3) {
    const luma = 2 * Math.abs(look[at] - usual[at])
    const chroma = Math.hypot(look[at + 1] - usual[at + 1], look[at + 2] - usual[at + 2])
    sum += Math.min(2, luma / STEP.luma) + Math.min(2, chroma / STEP.chroma)
  }
  return sum / places
}

/** How much of the usual difference between lips and skin is there: 1 for all of it, 0 for none. */
function lipContrast(look: Uint8Array, usual: Uint8Array): number {
  let [both, own] = [0, 0]
  for (let value = 0; value < 3; value++) {
    const expected = lipsOverSkin(usual, value)
    both += expected * lipsOverSkin(look, value)
    own += expected * expected
  }
  return own === 0 ? 1 : both / own
}

/** How far the lips are from the skin around them. */
function lipStrength(look: Uint8Array): number {
  return Math.hypot(...[0, 1, RED].map((value) => lipsOverSkin(look, value)))
}

/** The last of the three values of a place. */
const RED = 2

function lipsOverSkin(look: Uint8Array, value: number): number {
  const skinPlaces = MOUTH_PLACES - LIP_PLACES
  let difference = 0
  for (let n = 0; n < MOUTH_PLACES; n++) {
    difference +=
      n < skinPlaces ? -look[4 + 3 * n + value] / skinPlaces : look[4 + 3 * n + value] / LIP_PLACES
  }
  return difference
}

/** The usual colours of the face: those of most frames, unless it is covered in most. */
function faceColours(looks: Uint8Array, frames: number): Uint8Array {
  const all = Array.from({ length: frames }, (_, n) => looks.subarray(n * LOOK_BYTES, (n + 1) * LOOK_BYTES))
  const seen = all.filter((look) => look[0] > 0)
  const usual = medians(seen)
  const redness = (look: Uint8Array) => lipsOverSkin(look, RED)
  const byRedness = seen.sort((a, b) => redness(b) - redness(a))
  const reddest = medians(byRedness.slice(0, Math.ceil(seen.length * REDDEST.share)))
  const standsOut = lipStrength(reddest) > REDDEST.factor * lipStrength(usual)
  return standsOut && redness(reddest) >= REDDEST.least && likeness(usual, reddest) === 0 ? reddest : usual
}

function medians(looks: Uint8Array[]): Uint8Array {
  const counts = new Uint32Array(256)
  return Uint8Array.from({ length: LOOK_BYTES }, (_, k) => {
    counts.fill(0)
    for (const look of looks) counts[look[k]]++
    let value = 0
    for (let below = counts[0]; below * 2 < looks.length && value < 255; ) below += counts[++value]
    return value
  })
}

function medianOfThree(values: Float32Array, n: number): number {
  const a = values[Math.max(0, n - 1)]
  const b = values[n]
  const c = values[Math.min(values.length - 1, n + 1)]
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

/** Fills short gaps in which the face is in sight all the time, if in strange colours. */
function bridgeGaps(used: Uint8Array, looks: Uint8Array): void {
  const isFacing = (n: number) => facing(looks.subarray(n * LOOK_BYTES, (n + 1) * LOOK_BYTES)) > 0
  for (let n = 1; n < used.length; n++) {
    if (used[n] || !used[n - 1]) continue
    let end = n
    while (end < used.length && !used[end] && isFacing(end)) end++
    if (used[end] && end - n <= BRIDGED) used.fill(1, n, end)
    n = end
  }
}

function withoutFlashes(used: Uint8Array, shortest: number): Uint8Array {
  for (let n = 0; n < used.length; ) {
    let end = n
    while (end < used.length && used[end] === 1) end++
    if (end - n < shortest && end - n < used.length) used.fill(0, n, end)
    n = end + 1
  }
  return used
}

function ramp(value: number, { full, none }: { full: number; none: number }): number {
  return clamp((none - value) / (none - full), 0, 1)
}
