/** One value of the address; the first where somebody gave it twice. */
export const firstOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value

/** How many rows a list shows, from the address: what was asked for, within bounds. */
export function shownOf(value: string | string[] | undefined, step: number, most: number): number {
  const asked = Number(firstOf(value))
  return Number.isInteger(asked) && asked > step ? Math.min(asked, most) : step
}
