import type { TrashItem } from '#core/trash/data'

export type TrashJson = ReturnType<typeof trashJson>[number]

const DAY_MS = 24 * 3_600_000

/** What is in the trash, each with when it goes for good. */
export const trashJson = (items: readonly TrashItem[], trashDays: number) =>
  items.map(({ deletedAt, ...item }) => ({
    ...item,
    deletedAt: deletedAt.toISOString(),
    goesAt: new Date(deletedAt.getTime() + trashDays * DAY_MS).toISOString(),
  }))
