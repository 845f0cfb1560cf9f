import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const STEP_MS = 30_000
const DIGITS = 6
/** How a code of an app looks. */
export const APP_CODE = /^\d{6}$/
/** RFC 4226, 4: as long as the HMAC. */
const SECRET_BYTES = 20
/** Clocks of phones are off, and people type slowly: one step before and one after count too (RFC 6238, 5.2). */
const SKEW = [-1, 0, 1]

export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES)

/** The code of a time step: RFC 4226, 5.3, with HMAC-SHA-1, which is what every app knows. */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const number = mac.readUInt32BE(mac[mac.length - 1] & 0xf) & 0x7fffffff
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** The time step at a moment in milliseconds since 1970: RFC 6238, 4.2. */
export const stepAt = (ms: number): number => Math.floor(ms / STEP_MS)

/** The time step after `last` whose code this is at a moment, or null. */
export function stepOf(secret: Uint8Array, code: string, last: number, now = Date.now()): number | null {
  if (!APP_CODE.test(code)) return null
  const steps = SKEW.map((off) => stepAt(now) + off).filter((step) => step > last)
  return steps.find((step) => timingSafeEqual(Buffer.from(totpCode(secret, step)), Buffer.from(code))) ?? null
}

/** What an app reads from the picture: https://github.com/google/google-authenticator/wiki/Key-Uri-Format. */
export function totpAddress(secret: Uint8Array, account: string): string {
  const label = `Greenroom:${encodeURIComponent(account)}`
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=Greenroom`
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648, 6, for whole groups of 5 bytes: without padding. */
export function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return bits.replace(/.{5}/g, (five) => BASE32[Number.parseInt(five, 2)])
}
