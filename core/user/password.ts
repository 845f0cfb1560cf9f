import { hash, verify } from '@node-rs/argon2'

/** OWASP's minimum for Argon2id: 19 MiB, 2 passes, 1 lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Shortest password that is accepted. */
export const MIN_PASSWORD_LENGTH = 10

export const hashPassword = (password: string): Promise<string> => hash(password, COST)

/** A hash of no password: verifying against it makes an unknown address cost as much as a wrong password. */
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$dRC93E1RBEYpMdJtfRKYVIcHUEf1eSyA0DzR6zCk1Fg'

/** True when the password belongs to the hash; takes as long when there is no hash. */
export async function passwordMatches(passwordHash: string | null, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? NOBODY, password).catch(() => false)
  return matches && passwordHash !== null
}
