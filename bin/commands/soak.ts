/**
 * Kills the portal's processes again and again while it works, and looks whether anything was lost:
 * `npm run soak -- [--kills N] [--seed S] [--json]`. On a Postgres and a folder of its own. Exits non-zero when it
 * could not be carried out; what it finds is for the checks to say.
 */
import { parseArgs } from 'node:util'
import { ensureBuilt } from '#bin/launcher/build'
import { createLifecycle } from '#bin/process/lifecycle'
import { tableOf } from '#tools/measure/check'
import { checksOf, detailsOf } from '#tools/soak/report'

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  const { kills, seed, json } = optionsOf(args)
  const lifecycle = createLifecycle()
  process.env.NEXT_DIST_DIR = await ensureBuilt(lifecycle)
  const { runSoak } = await import('#tools/soak/soak')
  console.error(`• ${kills} kills, seed ${seed}`)
  const report = await runSoak({ kills, seed, say: (line) => console.error(`• ${line}`) })
  const checks = checksOf(report)
  for (const line of detailsOf(report)) console.error(line)
  console.log(json ? JSON.stringify({ checks }) : tableOf(checks))
  await lifecycle.stop()
  process.exit(0)
}

function optionsOf(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: { kills: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' } },
    })
    const kills = Number(values.kills ?? 200)
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
    if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) throw new Error('not a number')
    return { kills, seed, json: values.json ?? false }
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: npm run soak -- [--kills N] [--seed S] [--json]`)
    process.exit(2)
  }
}
