import { fileURLToPath } from 'node:url'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { recordLength } from '#worker/engines/vision/analysis-file'
import { loadBasis } from '#worker/engines/vision/basis'
import { loadFaceNetworks, releaseFaceNetworks } from '#worker/engines/vision/face-networks'
import { imageOf, loadPresenter } from '#worker/engines/vision/presenter'
import { toNumber } from '#worker/pipeline/frame-rate'
import { readFrames } from '#worker/pipeline/frame-reader'
import { planVideo } from '#worker/pipeline/video-plan'
import { createJitterMeter } from './jitter.ts'
import { openJudges } from './judges.ts'
import { hashOf } from './subject.ts'

const CLIP = '../../public/samples/presenters/presenter_kofi_720x1280_talking.mp4'

/** Jitter of lips that really talk: the sample presenter who speaks in his own clip, untouched. */
export async function talkingJitter(cacheDir: string, signal: AbortSignal): Promise<number> {
  const path = fileURLToPath(new URL(CLIP, import.meta.url))
  const networks = await loadFaceNetworks()
  const basis = loadBasis()
  const judges = await openJudges(networks.mesh, basis)
  try {
    const plan = await planVideo(path, signal, DEFAULT_OPTIONS)
    const fps = toNumber(plan.fps)
    const { analysis, length } = await loadPresenter(networks, basis, {
      ...{ plan, cacheDir, signal, videoHash: await hashOf(path) },
      framesNeeded: Math.round(plan.durationSeconds * fps),
      onFrame: () => {},
    })
    const face = new Float32Array(recordLength(basis.kept.length))
    const meter = createJitterMeter(fps)
    let n = 0
    for await (const frame of readFrames(plan, { from: 0, to: length }, signal)) {
      face.set(await analysis.read(n++, 1))
      if (face[0] !== 0) meter.push((await judges.look(imageOf(plan, frame), face)).lips)
    }
    await analysis.close()
    return meter.value()
  } finally {
    await judges.close()
    await releaseFaceNetworks(networks)
  }
}
