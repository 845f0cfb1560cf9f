/** Why an engine can't be used on a device. */
export type NotReadyCode =
  | 'device_unsupported'
  | 'provider_missing'
  | 'weights_not_set'
  | 'weights_missing'
  | 'server_not_set'
  | 'server_unreachable'
  | 'share_not_set'
  | 'share_missing'
  | 'share_unseen'
  | 'command_not_set'
  | 'command_not_found'

/** Whether an engine can be used on a device, found out without loading it. `code` and `params` to translate. */
export type Readiness =
  | { ready: true; note: string | null }
  | { ready: false; code: NotReadyCode; params: Record<string, string | number>; reason: string }

export const READY: Readiness = { ready: true, note: null }

export function notReady(
  code: NotReadyCode,
  reason: string,
  params: Record<string, string | number> = {},
): Readiness {
  return { ready: false, code, params, reason }
}
