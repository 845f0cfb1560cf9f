import type { Workload } from '#core/forecast/cost-model'
import type { Band } from '#core/queue/ordering'
import type { Chance } from './random.ts'

/** A video of somebody who speaks. `bias` is what its renders cost beyond what its size says; no forecast sees it. */
export interface Presenter {
  id: string
  pixels: number
  clipFrames: number
  bias: number
}

/** A batch as it is sent. Times are seconds from the month's start, a Monday at midnight. */
export interface Submission {
  at: number
  userId: string
  band: Band
  works: Omit<Workload, 'cachedAnalysis'>[]
}

export const DAY = 86_400
export const MONTH = 30 * DAY
const USERS = 9

/** People whose videos a team uses; a new one joins now and then. */
export function presentersOf({ pick, normal, next }: Chance): Presenter[] {
  return Array.from({ length: 40 }, (_, index) => ({
    id: `presenter-${index}`,
    pixels: pick([1280 * 720, 1280 * 720, 1920 * 1080, 1080 * 1920]),
    clipFrames: Math.round(25 * (15 + 75 * next())),
    bias: 0.15 * normal(),
  }))
}

/**
 * A month of a team's work: few at night and at weekends, most in the hours around noon; one video, a handful,
 * or a campaign of dozens at once. `videosADay` is the mean of a working day.
 */
export function submissionsOf(
  random: Chance,
  presenters: readonly Presenter[],
  videosADay: number,
): Submission[] {
  const submissions: Submission[] = []
  const meanSize = 6.2
  const peak = (videosADay / meanSize / DAY) * 3
  for (let at = random.exponential(1 / peak); at < MONTH; at += random.exponential(1 / peak)) {
    if (!random.happens(rhythm(at) / 3)) continue
    submissions.push(submissionAt(at, random, presenters))
  }
  return submissions
}

/** Load against the mean of a working day: hours of the day, weekends at a tenth. */
function rhythm(at: number): number {
  const hour = (at % DAY) / 3600
  const weekend = Math.floor(at / DAY) % 7 >= 5 ? 0.1 : 1
  const hours =
    hour < 7 || hour >= 21 ? 0.15 : hour < 9 || hour >= 18 ? 0.8 : hour >= 12 && hour < 13 ? 1.4 : 2.2
  return weekend * hours
}

function submissionAt(at: number, random: Chance, presenters: readonly Presenter[]): Submission {
  const draw = random.next()
  const size =
    draw < 0.45
      ? 1
      : draw < 0.82
        ? 2 + Math.floor(5 * random.next())
        : draw < 0.97
          ? 8 + Math.floor(17 * random.next())
          : 30 + Math.floor(31 * random.next())
  const known = Math.min(presenters.length, Math.ceil(15 + (25 * at) / MONTH))
  const frames = Math.round(25 * Math.min(300, Math.max(8, 50 * Math.exp(0.6 * random.normal()))))
  const works = Array.from({ length: size }, () => {
    const { id, pixels, clipFrames } = presenters[Math.floor(known * random.next())]
    return { presenterId: id, outputPixels: pixels, clipFrames, frames }
  })
  // Somebody who sends much is most often one of two.
  const user =
    size > 7 && random.happens(0.6) ? Math.floor(2 * random.next()) : Math.floor(USERS * random.next())
  const band = random.happens(0.06) ? 'low' : random.happens(0.03) ? 'high' : 'normal'
  return { at, userId: `user-${user}`, band, works }
}
