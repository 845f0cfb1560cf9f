import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Memory, watchMemory } from './memory.ts'
import type { Outcome, Task } from './one-run.ts'

export interface Run extends Outcome {
  memory: Memory
}

/** Does a task in a process of its own, and watches its memory and its children's. */
export async function runTask(task: Task): Promise<Run> {
  const script = fileURLToPath(new URL('one-run.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const memory = watchMemory(child.pid as number)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const children = memory.stop()
  if (exitCode !== 0) throw new Error(`A ${task.kind} run of the bench failed with code ${exitCode}.`)
  const outcome = JSON.parse(output) as Outcome
  return { ...outcome, memory: { ...children, own: outcome.peakBytes } }
}
