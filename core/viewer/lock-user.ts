import type { Tx } from '#core/db'

/**
 * True when the user exists and is not disabled, and keeps it so until the transaction ends: disabling them
 * waits for it, and then finds the jobs that it put in line.
 */
export async function lockActiveUser(tx: Tx, userId: string): Promise<boolean> {
  const [user] = await tx.$queryRaw<{ disabledAt: Date | null }[]>`
    SELECT "disabledAt" FROM "User" WHERE id = ${userId}::uuid FOR SHARE`
  return user !== undefined && user.disabledAt === null
}
