import { spawn } from 'node:child_process'
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A program as COMMAND_ENGINE starts them, of many moods: render-program.ts MOOD RESULT AUDIO VIDEO OUTPUT REPORT.
 * RESULT is the video that it "renders"; REPORT gets what it was given and the processes that belong to it.
 */
const [mood, result, audio, video, output, report] = process.argv.slice(2)

/** Whoever reads the report never sees half of it. */
function tell(facts: object): void {
  const all = { audio, video, pid: process.pid, env: process.env, ...facts }
  writeFileSync(`${report}.part`, JSON.stringify(all))
  renameSync(`${report}.part`, report)
}

tell({ wav: readFileSync(audio).subarray(0, 4).toString('latin1') })
for (const percent of [10, 40, 90]) {
  process.stdout.write(`\rdenoising: ${percent}%|####`)
  await sleep(150)
}
switch (mood) {
  case 'render':
    copyFileSync(result, output)
    break
  case 'fail':
    console.error('Traceback (most recent call last):\nValueError: Face not detected')
    process.exitCode = 3
    break
  case 'memory':
    console.error('torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB')
    process.exitCode = 1
    break
  case 'nothing':
    break
  case 'torso':
    writeFileSync(output, readFileSync(result).subarray(0, 5000))
    break
  case 'stubborn': {
    // A child of its own, and neither supportsOption SIGTERM.
    process.on('SIGTERM', () => {})
    const child = spawn('/bin/sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'inherit' })
    tell({ child: child.pid })
    await sleep(600_000)
  }
}
