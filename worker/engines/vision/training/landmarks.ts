import { createDetector } from '#worker/engines/vision/detector'
import { loadFaceNetworks, releaseFaceNetworks } from '#worker/engines/vision/face-networks'
import { imageOf } from '#worker/engines/vision/presenter'
import { createTracker } from '#worker/engines/vision/tracker'
import { readFrames } from '#worker/pipeline/frame-reader'
import { planVideo } from '#worker/pipeline/video-plan'

/** Follows the face in each clip: node landmarks.ts CLIP... > landmarks.json, frames of 468 x and y for basis.py. */
async function main(clips: string[]): Promise<void> {
  const networks = await loadFaceNetworks()
  const { signal } = new AbortController()
  const all: number[][][] = []
  for (const clip of clips) {
    const plan = await planVideo(clip, signal)
    const track = createTracker(networks.mesh, createDetector(networks.detector), 'largest')
    const frames: number[][] = []
    for await (const data of readFrames(plan, { from: 0, to: Number.MAX_SAFE_INTEGER }, signal)) {
      const face = await track(imageOf(plan, data))
      if (face) frames.push(Array.from(face.points, (value) => Math.round(value * 100) / 100))
    }
    process.stderr.write(`${clip}: ${frames.length} frames with a face\n`)
    all.push(frames)
  }
  process.stdout.write(`${JSON.stringify(all)}\n`)
  await releaseFaceNetworks(networks)
}

await main(process.argv.slice(2))
