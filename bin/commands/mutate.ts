/**
 * Puts one fault after another into the modules of tools/mutate/pure-modules.ts and runs their tests: `npm run mutate`, or
 * `npm run mutate -- core/queue/fair.ts` for one of them. Prints what no test noticed and the score; fails under 90 %.
 */
import { join } from 'node:path'
import { runNode } from '#bin/process/foreground'
import { ROOT } from '#bin/process/paths'

const files = process.argv.slice(2)
const stryker = join(ROOT, 'node_modules/@stryker-mutator/core/bin/stryker.js')
const only = files.length ? ['--mutate', files.join(',')] : []
process.exitCode = await runNode([stryker, 'run', 'tools/mutate/stryker.config.mjs', ...only], process.env)
