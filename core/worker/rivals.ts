/*
 * There is one line, and each slot takes the first job of it whose engine it has: the pg-boss job's group is its
 * engine, and a slot fetches with `ignoreGroups` for those that it lacks. So a job waits for those in front of it
 * that some slot could take in its stead, its rivals, and for no others.
 */

/** The engines whose jobs a job of this one waits for; null for all that is in front of it. */
export type RivalsOf = (engine: string) => readonly string[] | null

/** Who waits for whom, from the slots' engines (null: all) and the engines that waiting jobs ask for. */
export function rivalsAmong(
  slots: readonly (readonly string[] | null)[],
  waiting: readonly string[],
): RivalsOf {
  return (engine) => {
    const able = slots.filter((slot) => slot === null || slot.includes(engine))
    // Where no slot has the engine, the place in the whole line is all that can be said.
    if (able.length === 0 || able.includes(null)) return null
    const rivals = [...new Set(able.flatMap((slot) => slot ?? []))]
    return waiting.every((name) => rivals.includes(name)) ? null : rivals
  }
}
