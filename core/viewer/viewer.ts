import type { Role } from '#prisma/enums'

/** Who is asking: what every read and write of somebody's rows is scoped by. */
export interface Viewer {
  id: string
  role: Role
}

/** The part of a WHERE that limits rows to those the viewer may touch: their own, or all for an admin. */
export const ownedBy = (viewer: Viewer): { ownerId?: string } =>
  viewer.role === 'admin' ? {} : { ownerId: viewer.id }
