import { copyFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A program as COMMAND_ENGINE starts them, whose renders last until a file exists: gated-program.ts RESULT GATE OUTPUT.
 * RESULT is the video that it "renders".
 */
const [result, gate, output] = process.argv.slice(2)

for (let percent = 1; !existsSync(gate); percent = Math.min(99, percent + 1)) {
  process.stdout.write(`\rdenoising: ${percent}%|`)
  await sleep(50)
}
copyFileSync(result, output)
