/** Of two versions of the same settings, those fields whose values differ: before, and after. */
export function changedFields<Settings extends object>(
  before: Settings,
  after: Settings,
): [Partial<Settings>, Partial<Settings>] {
  const keys = Object.keys({ ...before, ...after }) as (keyof Settings)[]
  const changed = keys.filter((key) => before[key] !== after[key])
  const only = (values: Settings) => Object.fromEntries(changed.map((key) => [key, values[key]]))
  return [only(before) as Partial<Settings>, only(after) as Partial<Settings>]
}
