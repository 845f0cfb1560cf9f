/**
 * Measures the portal: `npm run bench -- <name> [--json] [--quick]`. With --json one line {"checks": [...]}, without
 * it a table. The figures never decide the exit code; what could not be measured does.
 */
import { type Check, tableOf } from '#tools/measure/check'

interface Bench {
  flags: string[]
  run: (flags: string[]) => Promise<{ checks: Check[] }>
}

/** Each bench is loaded only when it is asked for. */
const BENCHES: Record<string, Bench> = {
  audit: {
    flags: ['--json', '--quick'],
    run: async (flags) =>
      (await import('#tools/bench/audit')).runAuditBench({ quick: flags.includes('--quick') }),
  },
  inspection: {
    flags: ['--json'],
    run: async () => (await import('#tools/bench/inspection')).runInspectionBench(),
  },
  forecast: {
    flags: ['--json'],
    run: async () => (await import('#tools/bench/forecast')).runForecastBench(),
  },
  queue: {
    flags: ['--json', '--quick'],
    run: async (flags) =>
      (await import('#tools/bench/queue/queue-bench')).runQueueBench({
        quick: flags.includes('--quick'),
      }),
  },
  engine: {
    flags: ['--json', '--quick'],
    run: async (flags) =>
      (await import('#tools/bench/engine/engine-bench')).runEngineBench({
        quick: flags.includes('--quick'),
      }),
  },
}

await main(process.argv.slice(2))

async function main([name = '', ...flags]: string[]): Promise<void> {
  const bench = BENCHES[name]
  if (!bench || flags.some((flag) => !bench.flags.includes(flag))) {
    const forms = Object.entries(BENCHES).map(([each, { flags }]) => `${each} [${flags.join('] [')}]`)
    console.error(`Usage: npm run bench -- ${forms.join(`\n       npm run bench -- `)}`)
    process.exit(2)
  }
  const { checks } = await bench.run(flags)
  console.log(flags.includes('--json') ? JSON.stringify({ checks }) : tableOf(checks))
}
