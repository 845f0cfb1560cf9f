import type { Role } from '#prisma/enums'

/** Who is asking: what every read and write of somebody's rows is scoped by. */
export interface Viewer {
  id: string
  role: Role
}

const RANK: Record<Role, number> = { member: 0, operator: 1, admin: 2 }

/**
 * True where a role may do what `needed` may. Members have their own things; operators also run the queue and the
 * workers, and so see everybody's jobs; admins also decide about accounts and read the audit.
 */
export const atLeast = (role: Role, needed: Role): boolean => RANK[role] >= RANK[needed]

/** The part of a WHERE that limits rows to those the viewer may touch: their own, or all for an operator. */
export const ownedBy = (viewer: Viewer): { ownerId?: string } =>
  atLeast(viewer.role, 'operator') ? {} : { ownerId: viewer.id }
