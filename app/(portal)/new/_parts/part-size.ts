/** One request carries at most this much of a file: what a broken connection may cost where a proxy keeps requests back. */
const MAX_PART_BYTES = 32 * 2 ** 20
/** Requests this small are refused by nobody; halving stops here. */
const MIN_PART_BYTES = 256 * 2 ** 10

let bytes = MAX_PART_BYTES

/** How much of a file one request carries now, in bytes; what one upload learnt holds for all of this page. */
export const partBytes = (): number => bytes

/** Halves the parts where one of `refused` bytes was too large. False where they can't become smaller. */
export function halveParts(refused: number): boolean {
  if (refused <= MIN_PART_BYTES) return false
  // Of uploads side by side each may be refused; they halve it once.
  bytes = Math.min(bytes, refused / 2)
  return true
}
