import { randomInt } from 'node:crypto'
import { db, type Tx } from '#core/db'
import { hashPassword, passwordMatches } from '#core/user/password'

const CODES = 10
const LENGTH = 10
/** Crockford's: no letter that looks like a figure, and no u. A code has 50 bits, and Argon2id in front of them. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Fresh codes as their owner sees them this once, `abcde-fghjk`, and their hashes. */
export async function newRecoveryCodes(): Promise<{ codes: string[]; hashes: string[] }> {
  const plain = Array.from({ length: CODES }, () =>
    Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join(''),
  )
  const hashes = await Promise.all(plain.map(hashPassword))
  return { codes: plain.map((code) => `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`), hashes }
}

/** Puts these in the place of all that a user had. */
export async function replaceRecoveryCodes(tx: Tx, userId: string, hashes: string[]): Promise<void> {
  await tx.recoveryCode.deleteMany({ where: { userId } })
  await tx.recoveryCode.createMany({ data: hashes.map((codeHash) => ({ userId, codeHash })) })
}

/** Uses a code, written in small letters without its hyphen, up. False when it is none; of two uses at once, one counts. */
export async function spendRecoveryCode(userId: string, code: string): Promise<boolean> {
  if (code.length !== LENGTH) return false
  for (const { id, codeHash } of await db().recoveryCode.findMany({ where: { userId } }))
    if (await passwordMatches(codeHash, code))
      return (await db().recoveryCode.deleteMany({ where: { id } })).count === 1
  return false
}
