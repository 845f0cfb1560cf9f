import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Asset } from '#core/asset/data'
import { median } from '#core/forecast/normal'
import { ffmpegPath } from '#core/media/binaries'
import { diskStorage } from '#core/storage/disk'
import { atMost, type Check, told } from '#tools/measure/check'
import { loadFaceNetworks, releaseFaceNetworks } from '#worker/engines/vision/face-networks'
import { inspectAsset } from '#worker/inspect/inspect-asset'

const REPETITIONS = 3
const SAMPLE = 'public/samples/presenters/presenter_viktor_1920x1080.mp4'

/** How long people wait for the verdict on a minute of 1080p, from the last byte on. */
export async function runInspectionBench(): Promise<{ checks: Check[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-bench-inspection-'))
  const networks = await loadFaceNetworks()
  try {
    const clip = join(folder, 'assets', 'minute.mp4')
    const storage = diskStorage(folder)
    await mkdir(join(folder, 'assets'))
    const minute = ['-stream_loop', '-1', '-i', SAMPLE, '-t', '60', '-c:v', 'libx264', '-preset', 'veryfast']
    await promisify(execFile)(ffmpegPath(), ['-v', 'error', ...minute, clip])
    const asset = { id: 'bench', kind: 'presenter', storageKey: 'assets/minute.mp4' } as Asset
    const parts = { storage, scratchDir: join(folder, 'scratch'), networks: async () => networks }
    const seconds: number[] = []
    let usable = 0
    for (let n = 0; n < REPETITIONS; n++) {
      const startedAt = performance.now()
      const { findings } = await inspectAsset(asset, { ...parts, signal: new AbortController().signal })
      seconds.push((performance.now() - startedAt) / 1000)
      usable = findings.usable ?? 0
    }
    return {
      checks: [
        atMost('a minute of 1080p', median(seconds), 3, 's'),
        told('usable seconds found, percent', usable),
      ],
    }
  } finally {
    await releaseFaceNetworks(networks)
    await rm(folder, { recursive: true, force: true })
  }
}
