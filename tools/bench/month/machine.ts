import type { Workload } from '#core/forecast/cost-model'
import { type Chance, chance } from './random.ts'
import { DAY, MONTH, type Presenter } from './team.ts'

/** What a render really does. No forecast sees it. */
export interface Course {
  seconds: number
  /** It ends after this share of its time with an error: for good, or to be tried again. */
  failure: { share: number; kind: 'permanent' | 'transient' } | null
  /** How its progress bends: fraction = (time / total) ^ bend. */
  bend: number
}

export interface Machine {
  device: string
  render(work: Workload): Course
  /** [from, to) in seconds while it is away. */
  outages: { from: number; to: number }[]
}

/**
 * GPUs that differ by some 10 % and grow slower and faster over the days; a render's time is log-normal around
 * its size by 12 %, and one in fifty takes two or three times as long because something else ran beside it.
 */
export function machinesOf(
  count: number,
  seed: number,
  pace: number,
  presenters: readonly Presenter[],
): Machine[] {
  const biases = new Map(presenters.map(({ id, bias }) => [id, bias]))
  return Array.from({ length: count }, (_, index) => {
    const random = chance(seed + 31 * index)
    let speed = pace * Math.exp(0.1 * random.normal())
    return {
      device: `box/cuda:${index}`,
      outages: outagesOf(random),
      render(work) {
        speed *= Math.exp(0.002 * random.normal())
        return courseOf(work, speed, biases.get(work.presenterId) ?? 0, random)
      },
    }
  })
}

function courseOf(work: Workload, speed: number, bias: number, random: Chance): Course {
  const { frames, outputPixels, clipFrames, cachedAnalysis } = work
  const analysed = cachedAnalysis ? 0 : Math.min(frames, clipFrames)
  const size = 60 + frames * (0.9 + (0.8 * outputPixels) / 1e6) + 0.5 * analysed
  const slowed = random.happens(0.02) ? 2 + random.next() : 1
  const draw = random.next()
  const kind = draw < 0.015 ? ('permanent' as const) : draw < 0.035 ? ('transient' as const) : null
  return {
    seconds: speed * size * slowed * Math.exp(bias + 0.12 * random.normal()),
    failure: kind && { kind, share: kind === 'permanent' ? 0.15 * random.next() : random.next() },
    bend: 0.85 + 0.35 * random.next(),
  }
}

/** A machine goes away every ten days or so, for a reboot or for hours. */
function outagesOf(random: Chance): { from: number; to: number }[] {
  const outages = []
  for (let from = random.exponential(10 * DAY); from < MONTH; from += random.exponential(10 * DAY)) {
    const to = from + Math.min(8 * 3600, 1500 * Math.exp(1.1 * random.normal()))
    outages.push({ from, to })
    from = to
  }
  return outages
}
