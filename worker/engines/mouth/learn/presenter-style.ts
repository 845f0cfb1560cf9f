import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '#worker/engine-contract/engine'
import type { Session } from '#worker/engine-contract/onnx-runtime'
import { type MouthCurves, shapeOpening } from '#worker/engines/mouth/speech/curves'
import { analyseSpeech, type Speech } from '#worker/engines/mouth/speech/speech'
import type { Presenter } from '#worker/engines/vision/presenter'
import { writeCacheFile } from '#worker/pipeline/cache-file'
import { translateFileError } from '#worker/pipeline/file-error'
import { toNumber } from '#worker/pipeline/frame-rate'
import { learnManner, type Manner, openingInManner } from './speaking-style.ts'

/** What could be learnt from a presenter who speaks in the video. */
export interface Adaptation {
  /** How well the plain curves follow the lips of the part that wasn't learnt from, and how well the adapted ones. */
  before: number
  after: number
  /** Null where the adapted ones are no better: the plain ones are used. */
  manner: Manner | null
}

export interface AdaptationRequest {
  videoPath: string
  scratchDir: string
  signal: AbortSignal
}

/** Raise when the network or the fit changes. */
const VERSION = 2

/**
 * Learns how this presenter opens the mouth, where the video has speech in time with the lips. Null where it has not.
 * Cached beside the analysis.
 */
export async function loadAdaptation(
  network: Session,
  presenter: Presenter,
  request: AdaptationRequest,
): Promise<Adaptation | null> {
  const path = `${presenter.cacheBase}-${presenter.length}-v${VERSION}.manner`
  const cached = await readFile(path, 'utf8').catch(() => null)
  const known = cached === null ? undefined : parse(cached)
  if (known !== undefined) return known
  const { measures, plan } = presenter
  const own = plan.hasSound ? await ownSpeech(network, request) : null
  const adaptation = own && learnManner(own, measures, toNumber(plan.fps))
  await writeCacheFile(path, (temporary) =>
    writeFile(temporary, JSON.stringify(adaptation)).catch(translateFileError),
  )
  return adaptation
}

/** The curves of a speech in a presenter's manner. */
export function adaptCurves({ curves, hearing }: Speech, adaptation: Adaptation | null): MouthCurves {
  if (!adaptation?.manner) return curves
  const plain = curves.open.map((value, n) => value * (1 - curves.closed[n]))
  const opening = openingInManner(hearing, plain, adaptation.manner)
  return { ...curves, open: shapeOpening(opening, hearing.voice, hearing.gate) }
}

/** The video's own sound, null where it has none that can be heard. */
async function ownSpeech(network: Session, { videoPath, scratchDir, signal }: AdaptationRequest) {
  const track = join(scratchDir, 'own-speech.mp4')
  try {
    return await analyseSpeech(network, { audioPath: videoPath, signal, onFraction: () => {} }, track)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof EngineError && ['no_audio', 'media_unreadable'].includes(error.code)) return null
    throw error
  } finally {
    await rm(track, { force: true })
  }
}

function parse(text: string): Adaptation | null | undefined {
  try {
    return JSON.parse(text) as Adaptation | null
  } catch {
    return undefined
  }
}
