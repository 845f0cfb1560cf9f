import type { Tx } from '#core/db'

/** One change to who the admins are at a time, so that the portal never ends up with none, or one too many. */
export const lockAdmins = (tx: Tx) =>
  tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('greenroom.admins'))`

/** How many can administer the portal; held still by `lockAdmins`. */
export const countAdmins = (tx: Tx) => tx.user.count({ where: { role: 'admin', disabledAt: null } })
