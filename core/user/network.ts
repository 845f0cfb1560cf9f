import { isIP } from 'node:net'

/**
 * What attempts from an address are counted by: an IPv4 address itself, of an IPv6 address its /64, as one customer
 * has at least that many of them.
 */
export function networkOf(address: string): string {
  const bare = withoutPort(address.trim()).split('%')[0].toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)
  if (mapped) return mapped[1]
  return isIP(bare) === 6 ? `${groupsOf(bare).slice(0, 4).join(':')}::/64` : bare
}

function withoutPort(address: string): string {
  const bracketed = /^\[(.+)\](:\d+)?$/.exec(address)
  if (bracketed) return bracketed[1]
  return /^\d+\.\d+\.\d+\.\d+:\d+$/.test(address) ? address.split(':')[0] : address
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head, tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::')
  const [before, after] = [head, tail].map((part) => (part ? part.split(':') : []))
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array<string>(zeros).fill('0'), ...after].map((group) =>
    Number.parseInt(group, 16).toString(16),
  )
}
