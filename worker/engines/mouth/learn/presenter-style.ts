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
import { type LearntStyle, learnStyle, openingInStyle } from './speaking-style.ts'

export interface StyleRequest {
  videoPath: string
  scratchDir: string
  signal: AbortSignal
}

/** Raise when the network or the fit changes. */
const VERSION = 4

/**
 * Learns how this presenter opens the mouth, where the video has speech in time with the lips; null where it has none.
 * The result is cached beside the analysis.
 */
export async function loadPresenterStyle(
  network: Session,
  presenter: Presenter,
  request: StyleRequest,
): Promise<LearntStyle | null> {
  const { startSeconds } = presenter.plan
  const late = startSeconds > 0 ? `-${Math.round(startSeconds * 1000)}` : ''
  const path = `${presenter.cacheBase}-${presenter.length}${late}-v${VERSION}.style`
  const cached = await readFile(path, 'utf8').catch(() => null)
  const known = cached === null ? undefined : parse(cached)
  if (known !== undefined) return known
  const { measures, plan } = presenter
  const own = plan.hasSound ? await ownSpeech(network, request, startSeconds) : null
  const learnt = own && learnStyle(own, measures, toNumber(plan.fps))
  await writeCacheFile(path, (temporary) =>
    writeFile(temporary, JSON.stringify(learnt)).catch(translateFileError),
  )
  return learnt
}

/** The curves of a speech in a presenter's own style. */
export function curvesInStyle({ curves, features }: Speech, learnt: LearntStyle | null): MouthCurves {
  if (!learnt?.style) return curves
  const plain = curves.open.map((value, n) => value * (1 - curves.closed[n]))
  const opening = openingInStyle(features, plain, learnt.style)
  // What this person opens on average is no wide mouth yet.
  return { ...curves, open: shapeOpening(opening, features.voice, features.gate, learnt.style.ownMean) }
}

/** The video's own sound from its first frame on, null where it has none that can be decoded. */
async function ownSpeech(
  network: Session,
  { videoPath, scratchDir, signal }: StyleRequest,
  fromSeconds: number,
) {
  const track = join(scratchDir, 'own-speech.mp4')
  try {
    const request = { audioPath: videoPath, fromSeconds, signal, onFraction: () => {} }
    return await analyseSpeech(network, request, track)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof EngineError && ['no_audio', 'media_unreadable'].includes(error.code)) return null
    throw error
  } finally {
    await rm(track, { force: true })
  }
}

function parse(text: string): LearntStyle | null | undefined {
  try {
    return JSON.parse(text) as LearntStyle | null
  } catch {
    return undefined
  }
}
