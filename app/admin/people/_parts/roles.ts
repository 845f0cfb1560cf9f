/** From the least to the most. */
export const ROLES = ['member', 'operator', 'admin'] as const
export type RoleName = (typeof ROLES)[number]
