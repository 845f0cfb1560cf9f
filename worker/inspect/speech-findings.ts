import type { AssetFindings, AssetWarning } from '#core/asset/findings'
import type { SoundMeasures } from '#core/media/sound'

/** Loud parts below the first hold nothing that anybody hears, below the second a voice that is lost in the noise. */
const SILENT_DB = -55
const QUIET_DB = -38
/** Share of samples at the end of the scale from which it crackles. */
const CLIPPED = 0.001
/** Voices pause in 30 to 60 % of their frames; music that plays through hardly ever. */
const MUSIC_PAUSES = 0.12
/** Shorter sounds say too little about that. */
const MUSIC_SECONDS = 4

/** What the sound of a file says about it as a speech. */
export function speechFindings(measures: SoundMeasures | null): AssetFindings {
  if (!measures) return { warnings: [{ code: 'damaged' }] }
  const { loudDb, clipped, inverted, pauses, seconds } = measures
  const warnings: AssetWarning[] = []
  const db = Math.round(loudDb)
  if (loudDb < SILENT_DB) warnings.push({ code: 'silent' })
  else if (loudDb < QUIET_DB) warnings.push({ code: 'quiet', db })
  else if (pauses < MUSIC_PAUSES && seconds >= MUSIC_SECONDS) warnings.push({ code: 'music' })
  if (clipped > CLIPPED) {
    warnings.push({ code: 'clipped', percent: Number((100 * clipped).toPrecision(1)) })
  }
  if (inverted) warnings.push({ code: 'turned_side' })
  return { warnings, loudDb: db }
}
