import { copyFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A program as COMMAND_ENGINE starts them, whose render takes a given time: slow-program.ts RESULT SECONDS OUTPUT.
 * RESULT is the video that it "renders".
 */
const [result, seconds, output] = process.argv.slice(2)

for (let tenth = 1; tenth <= Number(seconds) * 10; tenth++) {
  process.stdout.write(`\rdenoising: ${Math.min(99, Math.round((tenth * 10) / Number(seconds)))}%|`)
  await sleep(100)
}
copyFileSync(result, output)
