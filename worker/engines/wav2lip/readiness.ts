import { access, constants, stat } from 'node:fs/promises'
import type { Device } from '#worker/engine-contract/device'
import { notReady, type Readiness } from '#worker/engine-contract/readiness'
import type { Wav2LipSettings } from '#worker/engine-contract/settings'
import { checkProvider } from './providers.ts'

/** Shown wherever the engine is configured. */
export const WAV2LIP_LICENCE =
  'The published Wav2Lip weights are for research and personal use only. Commercial use needs weights of your own or an agreement with their authors.'

/** Whether the weights are there and onnxruntime offers the device. Loads nothing. */
export async function checkWav2Lip({ modelPath }: Wav2LipSettings, device: Device): Promise<Readiness> {
  const provider = checkProvider(device)
  if (!provider.ready) return provider
  if (!modelPath) {
    return notReady(
      'weights_not_set',
      'No weights are set. WAV2LIP_MODEL is the path of a Wav2Lip network as ONNX.',
    )
  }
  const readable = await access(modelPath, constants.R_OK).then(
    async () => (await stat(modelPath)).isFile(),
    () => false,
  )
  if (!readable) {
    const reason = `WAV2LIP_MODEL names "${modelPath}", which is not a file that this user can read.`
    return notReady('weights_missing', reason, { path: modelPath })
  }
  return { ready: true, note: WAV2LIP_LICENCE }
}
