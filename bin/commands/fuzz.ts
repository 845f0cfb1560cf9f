/**
 * Damages media files of every accepted format and takes each the way of an upload and of a render, in their box:
 * `npm run fuzz -- [--files N] [--seed S] [--json]`. Exits non-zero when it could not be carried out; what it finds
 * is for the checks to say.
 */
import { parseArgs } from 'node:util'
import { runFuzz } from '#tools/fuzz/fuzz'
import { checksOf, detailsOf } from '#tools/fuzz/report'
import { tableOf } from '#tools/measure/check'

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  const { files, seed, json } = optionsOf(args)
  console.error(`• ${files} files, seed ${seed}`)
  const report = await runFuzz({ files, seed, say: (line) => console.error(`• ${line}`) })
  const checks = checksOf(report)
  for (const line of detailsOf(report)) console.error(line)
  console.log(json ? JSON.stringify({ checks }) : tableOf(checks))
}

function optionsOf(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: { files: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' } },
    })
    const files = Number(values.files ?? 2000)
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
    if (!Number.isInteger(files) || files < 1 || !Number.isInteger(seed)) throw new Error('not a number')
    return { files, seed, json: values.json ?? false }
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: npm run fuzz -- [--files N] [--seed S] [--json]`)
    process.exit(2)
  }
}
