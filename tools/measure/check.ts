/** One figure of a measurement or a bench, and whether it meets its target. */
export interface Check {
  name: string
  value: number
  unit: string
  /** In words; empty where the figure is only told. */
  target: string
  ok: boolean
}

/** A figure that has no target. */
export function told(name: string, value: number, unit = ''): Check {
  return { name, value, unit, target: '', ok: true }
}

export function atLeast(name: string, value: number, least: number, unit = ''): Check {
  return { name, value, unit, target: `at least ${least}`, ok: value >= least }
}

export function atMost(name: string, value: number, most: number, unit = ''): Check {
  return { name, value, unit, target: `at most ${most}`, ok: value <= most }
}

export function below(name: string, value: number, limit: number, unit = ''): Check {
  return { name, value, unit, target: `below ${limit}`, ok: value < limit }
}

/** A table of checks for people: name, figure, target, verdict. */
export function tableOf(checks: readonly Check[]): string {
  const names = Math.max(...checks.map(({ name }) => name.length))
  const figures = checks.map(({ value, unit }) => `${figureOf(value)} ${unit}`.trimEnd())
  const width = Math.max(...figures.map((figure) => figure.length))
  return checks
    .map(({ name, target, ok }, n) => {
      const verdict = target && `${target.padEnd(14)} ${ok ? 'ok' : 'MISSED'}`
      return `${name.padEnd(names)}  ${figures[n].padEnd(width)}  ${verdict}`.trimEnd()
    })
    .join('\n')
}

export function figureOf(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3)
}
