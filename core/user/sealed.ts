import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { readEnvironment } from '#core/env'

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

const settings = z.object({ NEXTAUTH_SECRET: z.string('must be the secret of this portal') })

/**
 * Encrypts what the database keeps and nobody should read there, with a key made of the portal's secret. It opens
 * only for the same owner.
 */
export function seal(plain: Uint8Array, ownerId: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, key(), iv).setAAD(Buffer.from(ownerId))
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

/** What `seal` encrypted, or null where it was altered, is somebody else's, or the portal has another secret now. */
export function unseal(sealed: string, ownerId: string): Buffer | null {
  const bytes = Buffer.from(sealed, 'base64url')
  const end = bytes.length - TAG_BYTES
  try {
    const cipher = createDecipheriv(CIPHER, key(), bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.from(ownerId)).setAuthTag(bytes.subarray(end))
    return Buffer.concat([cipher.update(bytes.subarray(IV_BYTES, end)), cipher.final()])
  } catch {
    return null
  }
}

/** RFC 5869: a key of its own for this use of the secret. */
const key = (): Buffer =>
  Buffer.from(hkdfSync('sha256', readEnvironment(settings).NEXTAUTH_SECRET, '', 'greenroom totp', 32))
