import { basename } from 'node:path'
import { FACE_MODELS } from '#worker/engines/vision/face-networks'
import { describeFile } from '#worker/pipeline/manifest'
import { AUDIO_MODEL } from './speech/audio-network.ts'

/** The start of each network's SHA-256, by its file's name: a render goes on only with the networks it began with. */
export async function hashModels(): Promise<Record<string, string>> {
  const hashes = [AUDIO_MODEL, ...FACE_MODELS].map(async (path) => {
    const { sha256 } = await describeFile(path)
    return [basename(path), sha256.slice(0, 16)]
  })
  return Object.fromEntries(await Promise.all(hashes))
}
