import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from '#bin/process/paths'

export type LauncherProcess = {
  pid: number
  output: () => string
  /** Resolves with the match once the output has it; fails when the process ends or time runs out before. */
  says: (pattern: RegExp, withinMs: number) => Promise<RegExpExecArray>
  exit: Promise<number | null>
  hasEnded: () => boolean
}

/**
 * Runs bin/greenroom.mjs in a process group of its own, as a shell would. The channel to it makes it end
 * when the tests are interrupted.
 */
export function runLauncher(args: string[], extraEnv: Record<string, string> = {}): LauncherProcess {
  const { DATABASE_URL, DATA_DIR, PORT, ...env } = process.env
  const child = spawn(process.execPath, [join(ROOT, 'bin/greenroom.mjs'), ...args], {
    cwd: ROOT,
    env: { ...env, ...extraEnv },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  let ended = false
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk
    })
  }
  child.on('error', (error) => (output += error.message))
  const exit = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      ended = true
      resolve(code)
    }),
  )
  const says = async (pattern: RegExp, withinMs: number) => {
    const deadline = Date.now() + withinMs
    for (;;) {
      const match = pattern.exec(output)
      if (match) return match
      if (ended || Date.now() > deadline) throw new Error(`${pattern} did not appear in:\n${output}`)
      await sleep(50)
    }
  }
  return { pid: child.pid!, output: () => output, says, exit, hasEnded: () => ended }
}
