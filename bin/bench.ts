/**
 * Measures the portal: `node bin/bench.ts <name> [--json]`. With --json one line {"checks": [...]}, without it
 * a table. The figures never decide the exit code; what could not be measured does.
 */

export interface Check {
  name: string
  value: number
  unit: string
  target: string
  ok: boolean
}

/** Each bench is loaded only when it is asked for. */
const BENCHES: Record<string, () => Promise<{ checks: Check[] }>> = {
  forecast: async () => (await import('../test/bench/forecast.ts')).runForecastBench(),
}

await main(process.argv.slice(2))

async function main([bench = '', ...flags]: string[]): Promise<void> {
  const run = BENCHES[bench]
  if (!run || flags.some((flag) => flag !== '--json')) {
    console.error(`Usage: node bin/bench.ts ${Object.keys(BENCHES).join('|')} [--json]`)
    process.exit(2)
  }
  const { checks } = await run()
  console.log(flags.includes('--json') ? JSON.stringify({ checks }) : tableOf(checks))
}

function tableOf(rows: readonly Check[]): string {
  const width = Math.max(...rows.map((row) => row.name.length))
  return rows
    .map(({ name, value, unit, target, ok }) => {
      const figure = `${value >= 1000 ? Math.round(value) : value.toFixed(1)} ${unit}`.padEnd(22)
      return `${name.padEnd(width)}  ${figure} ${target ? `${target.padEnd(12)} ${ok ? 'ok' : 'MISSED'}` : ''}`.trimEnd()
    })
    .join('\n')
}
