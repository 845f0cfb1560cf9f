/** One figure of a measurement or a bench, and whether it meets its target. */
export interface Check {
  name: string
  /** NaN (null in JSON) where there is nothing to measure. */
  value: number
  unit: string
  /** In words; empty where the figure is only told. */
  target: string
  ok: boolean
  /** Why this can't be asked of what was measured: the target is then neither met nor missed. */
  notApplicable?: string
}

/** A figure that has no target. */
export function told(name: string, value: number, unit = ''): Check {
  return { name, value, unit, target: '', ok: true }
}

/** A figure whose target can't be asked of what was measured, and why. */
export function notApplicable(name: string, why: string): Check {
  return { name, value: NaN, unit: '', target: '', ok: true, notApplicable: why }
}

export function atLeast(name: string, value: number, least: number, unit = ''): Check {
  return { name, value, unit, target: `at least ${limitOf(least)}`, ok: value >= least }
}

export function atMost(name: string, value: number, most: number, unit = ''): Check {
  return { name, value, unit, target: `at most ${limitOf(most)}`, ok: value <= most }
}

export function within(name: string, value: number, [least, most]: [number, number], unit = ''): Check {
  const target = `${limitOf(least)} to ${limitOf(most)}`
  return { name, value, unit, target, ok: value >= least && value <= most }
}

export function below(name: string, value: number, limit: number, unit = ''): Check {
  return { name, value, unit, target: `below ${limitOf(limit)}`, ok: value < limit }
}

/** A table of checks for people: name, figure, target, verdict. */
export function tableOf(checks: readonly Check[]): string {
  const names = Math.max(...checks.map(({ name }) => name.length))
  const figures = checks.map(({ value, unit, notApplicable }) =>
    notApplicable ? '-' : `${figureOf(value)} ${unit}`.trimEnd(),
  )
  const width = Math.max(...figures.map((figure) => figure.length))
  return checks
    .map(({ name, target, ok, notApplicable }, n) => {
      const verdict = target && `${target.padEnd(14)} ${ok ? 'ok' : 'MISSED'}`
      const about = notApplicable ? `not applicable: ${notApplicable}` : verdict
      return `${name.padEnd(names)}  ${figures[n].padEnd(width)}  ${about}`.trimEnd()
    })
    .join('\n')
}

export function figureOf(value: number): string {
  if (Number.isInteger(value)) return String(value)
  if (Number.isNaN(value)) return 'none'
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3)
}

function limitOf(value: number): string {
  return String(Number(value.toFixed(3)))
}
