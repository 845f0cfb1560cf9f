const SECOND = 1000
const REMIND_AFTER = 20 * SECOND

/** An expected failure: its message says what happened and what to do, so no stack is shown. */
export class Stop extends Error {}

/** With --json, the one line that a program reads has the standard output to itself. */
const output = process.argv.includes('--json') ? process.stderr : process.stdout

/** One line of news for the person at the terminal. */
export function say(line: string): void {
  output.write(`${line}\n`)
}

/** Says what is being done, does it, and says how long it took when that is worth knowing. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begin = Date.now()
  const seconds = () => Math.round((Date.now() - begin) / SECOND)
  say(`• ${what}`)
  const reminder = setInterval(() => say(`  … still at it (${seconds()} s)`), REMIND_AFTER)
  try {
    const result = await work()
    if (seconds() >= 3) say(`  done in ${seconds()} s`)
    return result
  } finally {
    clearInterval(reminder)
  }
}
