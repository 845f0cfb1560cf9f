import type { Session } from '#worker/engine-contract/onnx-runtime'
import { AUDIO_MODEL } from '#worker/engines/mouth/speech/audio-network'
import {
  type FaceNetworks,
  loadFaceNetworks,
  openNetwork,
  releaseFaceNetworks,
} from '#worker/engines/vision/face-networks'

/** The engine's three networks, loaded once a process. */
export interface Networks extends FaceNetworks {
  audio: Session
}

export async function loadNetworks(): Promise<Networks> {
  const [face, audio] = await Promise.all([loadFaceNetworks(), openNetwork(AUDIO_MODEL)])
  return { ...face, audio }
}

export async function releaseNetworks(networks: Networks): Promise<void> {
  await Promise.all([releaseFaceNetworks(networks), networks.audio.release()])
}
