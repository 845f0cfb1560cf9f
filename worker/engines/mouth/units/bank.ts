import { createFaceSteadier } from '#worker/engines/mouth/face/steady-face'
import type { Basis } from '#worker/engines/vision/basis'
import { LOOK_BYTES, MIDDLE } from '#worker/engines/vision/face-look'
import { percentile } from '#worker/engines/vision/numbers'
import type { Presenter } from '#worker/engines/vision/presenter'
import { readFrames } from '#worker/pipeline/frame-reader'
import { BANK_VERSION, type CutMouths, readBank, writeBank } from './bank-file.ts'
import { chooseUnits } from './choose-units.ts'
import type { Region } from './region.ts'
import { describeUnit, type Unit } from './unit.ts'
import type { UnitCutter } from './unit-cutter.ts'

/** The presenter's own mouths, and what their use depends on. Everything a value a frame is of the clip's. */
export interface UnitBank {
  units: Unit[]
  region: Region
  /** Colours of the skin in each frame, as in a unit. */
  colours: Float16Array
  /** How the head is held, in degrees. */
  yaw: Float32Array
  pitch: Float32Array
  /** Widths of the mouth at its narrowest, at rest and at its widest. */
  widths: { narrow: number; resting: number; wide: number }
}

/** A mouth whose 97th percentile opens less than this, in face units, shows nothing of its inside. */
const MIN_OPENING = 0.05
/** Fewer mouths than this are no choice. */
const MIN_UNITS = 12
const MAX_UNITS = 256
/** All units together take at most so much memory. */
const MAX_BYTES = 80_000_000
/** Widths that are exceeded to either side are slips of the tracker rather than mouths. */
const WIDTHS = { narrow: 0.05, wide: 0.95 }

export interface BankRequest {
  presenter: Presenter
  basis: Basis
  region: Region
  signal: AbortSignal
  /** Has seen the clip's frames, or is shown them now: those of an analysis that was cached alone. */
  cutter: UnitCutter
}

/**
 * The bank of a presenter, from the cache or from what was cut out of the frames; null where the mouth stays shut or is
 * seldom seen. The same clip gives the same bank, whether it is cut out while the face is tracked or later.
 */
export async function loadBank(request: BankRequest): Promise<UnitBank | null> {
  const { presenter } = request
  const { cacheBase, length, measures, plan } = presenter
  const used = [...measures.weight.keys()].filter((n) => measures.weight[n] === 1)
  const openings = Float32Array.from(used, (n) => measures.opening[n])
  if (percentile(openings, 0.97) < MIN_OPENING) return null
  const path = `${cacheBase}-${plan.width}x${plan.height}-${length}-v${BANK_VERSION}.units`
  let cut = await readBank(path)
  if (!cut) {
    cut = await cutUnits(request, used)
    await writeBank(path, cut)
  }
  if (cut.mouths.length < MIN_UNITS) return null
  const widths = Float32Array.from(used, (n) => measures.width[n])
  return {
    units: await describeUnits(request, cut),
    region: request.region,
    colours: cut.colours,
    ...(await poses(presenter)),
    widths: {
      narrow: percentile(widths, WIDTHS.narrow),
      resting: measures.restingWidth,
      wide: percentile(widths, WIDTHS.wide),
    },
  }
}

async function cutUnits({ presenter, cutter, signal }: BankRequest, used: number[]): Promise<CutMouths> {
  const { plan, length, measures, analysis } = presenter
  if (cutter.frames < length) {
    for await (const frame of readFrames(plan, { from: cutter.frames, to: length }, signal))
      await cutter.see(frame, (await analysis.read(cutter.frames, 1)).slice())
  }
  const { opening, width } = measures
  const candidates = used
    .filter((index) => cutter.has(index))
    .map((index) => ({ index, opening: opening[index], width: width[index] }))
  const max = Math.min(MAX_UNITS, Math.floor(MAX_BYTES / Math.max(1, cutter.largest)))
  const mouths: CutMouths['mouths'] = []
  for (const index of chooseUnits(candidates, max)) mouths.push({ index, patch: await cutter.take(index) })
  return { mouths, colours: cutter.colours(length) }
}

async function describeUnits(
  { presenter, basis, region }: BankRequest,
  { mouths }: CutMouths,
): Promise<Unit[]> {
  const { analysis, length, measures } = presenter
  const faceOf = createFaceSteadier(analysis, basis, length)
  const about = { basis, region, restingWidth: measures.restingWidth }
  const { yaw, pitch } = await poses(presenter)
  const units: Unit[] = []
  for (const { index, patch } of mouths) {
    const cut = { index, patch, yaw: yaw[index], pitch: pitch[index] }
    units.push(describeUnit(cut, await faceOf(index), about))
  }
  return units
}

async function poses({ analysis, length }: Presenter) {
  const looks = await analysis.looks()
  const degrees = (at: number) => Float32Array.from({ length }, (_, n) => looks[n * LOOK_BYTES + at] - MIDDLE)
  return { yaw: degrees(1), pitch: degrees(2) }
}
