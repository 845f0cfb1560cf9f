import type { AssetFindings, AssetWarning } from '#core/asset/findings'
import type { Seen } from './look-at-faces.ts'
import type { Sample } from './sample-frames.ts'

/** A sample with what was seen in it. */
export interface Look extends Sample, Seen {}

/** Columns of the strip that pages draw. */
const COLUMNS = 60
/** Renders refuse less than a fifth; up to here people should know that much of the video will not speak. */
const MIN_USABLE = 0.8
/** Below this a mouth has so few pixels that its result is soft. */
const SMALL_FACE = 96
/** People who are there in fewer of the looks only pass by. */
const MIN_PRESENCE = 0.15
/** Share of a picture's values that two of different scenes differ by. */
const CUT = 0.35

/** What the pictures of a video say about it as a presenter. */
export function presenterFindings(looks: Look[]): AssetFindings {
  const seconds = sum(looks.map(({ from, to }) => to - from))
  const good = looks.filter(({ face }) => face?.usable)
  const share = seconds > 0 ? sum(good.map(({ from, to }) => to - from)) / seconds : 0
  const usable = Math.round(100 * share)
  const found = looks.flatMap(({ face }) => face ?? [])
  const face = middleOf(good.length > 0 ? good.flatMap(({ face }) => face ?? []) : found)
  const people = peopleIn(looks)
  const cuts = cutsIn(looks)
  const warnings: AssetWarning[] = []
  if (looks.length === 0) warnings.push({ code: 'damaged' })
  else if (share === 0) warnings.push({ code: 'no_face' })
  else if (share < MIN_USABLE) warnings.push({ code: 'seldom_face', percent: usable })
  if (face && face.pixels < SMALL_FACE) warnings.push({ code: 'small_face', pixels: face.pixels })
  if (people > 1) warnings.push({ code: 'people', n: people })
  if (cuts > 0) warnings.push({ code: 'cuts', n: cuts })
  return { warnings, strip: stripOf(looks), usable, people, cuts, ...(face ? { face } : {}) }
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)

function middleOf(faces: { pixels: number; yaw: number; x: number; y: number }[]): AssetFindings['face'] {
  if (faces.length === 0) return undefined
  const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]
  return {
    pixels: middle(faces.map(({ pixels }) => pixels)),
    yaw: middle(faces.map(({ yaw }) => yaw)),
    x: round(middle(faces.map(({ x }) => x))),
    y: round(middle(faces.map(({ y }) => y))),
  }
}

const round = (value: number): number => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000

/** The largest number of people that a fair share of the looks shows. */
function peopleIn(looks: Look[]): number {
  const least = Math.max(1, MIN_PRESENCE * looks.length)
  for (let n = Math.max(0, ...looks.map(({ people }) => people)); n > 0; n--)
    if (looks.filter(({ people }) => people >= n).length >= least) return n
  return 0
}

/** A digit a column: how much of it has a usable face. */
function stripOf(looks: Look[]): string {
  const end = looks.at(-1)?.to ?? 0
  const columns = Math.min(COLUMNS, Math.max(1, Math.round(end)))
  return Array.from({ length: columns }, (_, n) => {
    const [from, to] = [n, n + 1].map((edge) => (edge * end) / columns)
    const overlap = (look: Look) => Math.max(0, Math.min(to, look.to) - Math.max(from, look.from))
    const good = sum(looks.filter(({ face }) => face?.usable).map(overlap))
    return Math.round((9 * good) / Math.max(1e-6, sum(looks.map(overlap))))
  }).join('')
}

/** How often the picture changes as a whole, told by how bright and how coloured its parts are. */
function cutsIn(looks: Look[]): number {
  const tones = looks.map(({ frame }) => histogram(frame))
  const differs = (n: number) => {
    const apart = sum(tones[n].map((value, bin) => Math.abs(value - tones[n - 1][bin]))) / 2
    return apart > CUT
  }
  return tones.filter((_, n) => n > 0 && differs(n)).length
}

const BINS = 16

/** Shares of the luma values of an I420 frame in 16 steps; every 31st is looked at. */
function histogram(frame: Buffer): number[] {
  const counts = new Array<number>(BINS).fill(0)
  const luma = (frame.length * 2) / 3
  let all = 0
  for (let at = 0; at < luma; at += 31, all++) counts[frame[at] >> 4]++
  return counts.map((count) => count / all)
}
