import { z } from 'zod'
import { oneOf, readEnvironment } from '#core/env'
import { atLeast } from '#core/viewer/viewer'
import type { Role } from '#prisma/enums'

const settings = z.object({
  /** The lowest role that can't do without a second factor. */
  REQUIRE_TOTP: oneOf(['nobody', 'admin', 'operator', 'member'], 'nobody'),
})

/** True where this role has to sign in with a second factor. */
export function needsSecondFactor(role: Role): boolean {
  const { REQUIRE_TOTP: lowest } = readEnvironment(settings)
  return lowest !== 'nobody' && atLeast(role, lowest)
}
