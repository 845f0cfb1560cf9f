import { access, constants } from 'node:fs/promises'
import { messageOf } from '#core/errors'
import type { Device } from '#worker/engine-contract/device'
import { notReady, READY, type Readiness } from '#worker/engine-contract/readiness'
import type { HeygemSettings } from '#worker/engine-contract/settings'
import { heygemServer } from './protocol.ts'
import { type ShareTest, testShare } from './share-test.ts'

/** A job that no server has: an answer about it, whatever it is, shows that one is there. */
const NOBODY = '00000000-0000-0000-0000-000000000000'
const CHECK_MS = 5000

/** The server of a device; null where neither the device nor HEYGEM_URL names one. */
export function serverUrl(device: Device, settings: HeygemSettings): string | null {
  return device.kind === 'heygem' ? (device.url ?? settings.url) : null
}

/** Whether a HeyGem server answers, and the share with it is there and seen by both sides. */
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
  } catch (error) {
    return notReady('server_unreachable', `The HeyGem server can't be reached: ${messageOf(error)}.`, { url })
  }
  const test = await shareTest(url, share, settings.shareInside)
  if (test.outcome !== 'unseen') return READY
  const reason = `The HeyGem server does not see the share "${share}": a test file in it never came back. Start the server with that folder at ${settings.shareInside}, or set HEYGEM_SHARE to the folder that it has.${test.said ? ` It said: ${test.said}` : ''}`
  return notReady('share_unseen', reason, { path: share, inside: settings.shareInside, said: test.said })
}

interface Tested {
  at: number
  result: Promise<ShareTest>
}

/** Where a server did not see the share, it is tested again after so long; where it did, never. */
const TEST_AGAIN_MS = 60_000
const tests = new Map<string, Tested>()

/** What the test of a share with a server has shown, tested now where it is not known. */
function shareTest(url: string, share: string, inside: string): Promise<ShareTest> {
  const key = [url, share, inside].join(' ')
  const known = tests.get(key)
  if (known && performance.now() - known.at < TEST_AGAIN_MS) return known.result
  const result = testShare(heygemServer(url), { share, inside })
  const tested = { at: performance.now(), result }
  tests.set(key, tested)
  result.then(
    ({ outcome }) => {
      if (outcome === 'seen') tested.at = Number.POSITIVE_INFINITY
    },
    () => tests.delete(key),
  )
  return result
}
