const SECOND = 1000
const REMIND_AFTER = 20 * SECOND

/** An expected failure: its message says what happened and what to do, so no stack is shown. */
export class Stop extends Error {}

/** One line of news for the person at the terminal. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`)
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
