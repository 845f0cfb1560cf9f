import { type Rational, toNumber } from './frame-rate.ts'

/** Length of a moving photo's way out; it comes back as slowly. */
export const MOVING_SECONDS = 10
/** So much of its size it comes nearer. */
const NEARER = 0.04

interface Still {
  still: 'held' | 'moving' | null
  fps: Rational
  durationSeconds: number
}

/** Filters that repeat a photo; as a moving one, it comes nearer and goes back, slowly at both ends. */
export function stillFilters({ still, fps, durationSeconds }: Still): string[] {
  const frames = Math.round(durationSeconds * toNumber(fps))
  const repeated = [`loop=loop=${frames - 1}:size=1:start=0`, `settb=${fps.den}/${fps.num}`, 'setpts=N']
  if (still === 'held') return repeated
  const way = Math.round(MOVING_SECONDS * toNumber(fps)) - 1
  const cut = (side: 'W' | 'H', share: number) => `${side}*${NEARER * share}*(1-cos(PI*on/${way}))/2`
  const [left, right, top, bottom] = [cut('W', 0.6), cut('W', 0.4), cut('H', 0.4), cut('H', 0.6)]
  const corners = { x0: left, y0: top, x1: `W-${right}`, y1: top, x2: left, y2: `H-${bottom}` }
  const last = { x3: `W-${right}`, y3: `H-${bottom}` }
  const places = Object.entries({ ...corners, ...last }).map(([name, value]) => `${name}='${value}'`)
  return [...repeated, `perspective=${places.join(':')}:eval=frame:interpolation=cubic`]
}
