import { isIP } from 'node:net'
import { isPublic } from '#core/media/outdated'

export const LOOPBACK = '127.0.0.1'

/**
 * The address that the web server listens on: HOST, else every one (undefined) where PUBLIC_URL is for others, else
 * only this machine's own, so that nobody opens a portal to a network without meaning to.
 */
export const listenHost = (source: NodeJS.ProcessEnv = process.env): string | undefined =>
  source.HOST || (isPublic(source.PUBLIC_URL) ? undefined : LOOPBACK)

/** The host of an address where this machine itself reaches a server that listens on `host`. */
export function reachableAt(host: string | undefined): string {
  if (!host || host === '0.0.0.0' || host === '::') return LOOPBACK
  return isIP(host) === 6 ? `[${host}]` : host
}
