/** A frame of the clip whose mouth may become a unit. */
export interface Candidate {
  index: number
  opening: number
  width: number
}

/** Parts of the openings and of the widths, each of as many frames, that the units are taken from evenly. */
const PARTS = { opening: 8, width: 3 }
/** Frames that are taken in a row: a mouth in motion needs those that follow it more than other mouths like it. */
export const RUN = 4
/** Successive multiples of this, less their whole part, are spread evenly over 0 to 1. */
const GOLDEN = 0.618

/** All candidates, or at most `max` of them, in short runs that cover openings and widths evenly; in rising order. */
export function chooseUnits(candidates: Candidate[], max: number): number[] {
  if (candidates.length <= max) return candidates.map(({ index }) => index)
  const opening = partOf(
    candidates.map((candidate) => candidate.opening),
    PARTS.opening,
  )
  const width = partOf(
    candidates.map((candidate) => candidate.width),
    PARTS.width,
  )
  const bins: number[][] = Array.from({ length: PARTS.opening * PARTS.width }, () => [])
  for (const candidate of candidates)
    bins[opening(candidate.opening) * PARTS.width + width(candidate.width)].push(candidate.index)
  const known = new Set(candidates.map(({ index }) => index))
  const chosen = new Set<number>()
  for (let round = 0; chosen.size < max; round++) {
    for (const bin of bins) {
      if (bin.length === 0) continue
      const [first] = bin.splice(Math.floor(((round * GOLDEN) % 1) * bin.length), 1)
      for (let index = first; index < first + RUN && known.has(index) && chosen.size < max; index++)
        chosen.add(index)
    }
  }
  return [...chosen].sort((a, b) => a - b)
}

/** Tells which of so many equally filled parts a value is in. */
function partOf(values: number[], parts: number): (value: number) => number {
  const sorted = Float64Array.from(values).sort()
  const bounds = Array.from(
    { length: parts - 1 },
    (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / parts)],
  )
  return (value) => bounds.filter((bound) => value >= bound).length
}
