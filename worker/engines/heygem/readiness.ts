import { access, constants } from 'node:fs/promises'
import { messageOf } from '#core/errors'
import type { Device } from '#worker/engine-contract/device'
import { notReady, READY, type Readiness } from '#worker/engine-contract/readiness'
import type { HeygemSettings } from '#worker/engine-contract/settings'
import { heygemServer } from './protocol.ts'

/** A job that no server has: an answer about it, whatever it is, shows that one is there. */
const NOBODY = '00000000-0000-0000-0000-000000000000'
const CHECK_MS = 5000

/** The server of a device; null where neither the device nor HEYGEM_URL names one. */
export function serverUrl(device: Device, settings: HeygemSettings): string | null {
  return device.kind === 'heygem' ? (device.url ?? settings.url) : null
}

/** Whether a HeyGem server answers and the share with it is there. */
export async function checkHeygem(settings: HeygemSettings, device: Device): Promise<Readiness> {
  if (device.kind !== 'heygem') {
    const reason = 'A HeyGem server is a slot of its own: add heygem:http://host:8383 to DEVICES.'
    return notReady('device_unsupported', reason, { device: device.kind })
  }
  const url = serverUrl(device, settings)
  if (!url)
    return notReady(
      'server_not_set',
      'The device names no server. Use heygem:http://host:8383, or set HEYGEM_URL.',
    )
  const { share } = settings
  if (!share) {
    const reason = 'No share is set. HEYGEM_SHARE is the folder here that the server has at /code/data.'
    return notReady('share_not_set', reason)
  }
  const writable = await access(share, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!writable) {
    const reason = `HEYGEM_SHARE names "${share}", which is not there or may not be written by this user.`
    return notReady('share_missing', reason, { path: share })
  }
  try {
    await heygemServer(url).query(NOBODY, AbortSignal.timeout(CHECK_MS))
    return READY
  } catch (error) {
    return notReady('server_unreachable', `The HeyGem server can't be reached: ${messageOf(error)}.`, { url })
  }
}
