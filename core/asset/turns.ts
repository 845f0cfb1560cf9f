/** Lets work through a few at a time, in an order that is fair to people. */
export type Turns = <T>(who: string, work: () => Promise<T>) => Promise<T>

type Waiting = { who: string; start: () => void }

/**
 * At most `width` pieces of work at once, and of one person one fewer, so that whoever comes with a single file finds
 * a place although somebody else sent a hundred. Whoever has the fewest at work goes next, and among those whoever
 * started longest ago.
 */
export function createTurns(width: number): Turns {
  const most = Math.max(1, width - 1)
  const waiting: Waiting[] = []
  const running = new Map<string, number>()
  const lastStart = new Map<string, number>()
  let starts = 0
  const runningOf = (who: string) => running.get(who) ?? 0
  const total = () => [...running.values()].reduce((sum, count) => sum + count, 0)

  const next = (): Waiting | undefined => {
    if (total() >= width) return undefined
    return waiting
      .filter(({ who }) => runningOf(who) < most)
      .sort(
        (a, b) =>
          runningOf(a.who) - runningOf(b.who) || (lastStart.get(a.who) ?? 0) - (lastStart.get(b.who) ?? 0),
      )
      .at(0)
  }
  const startMore = () => {
    for (let chosen = next(); chosen; chosen = next()) {
      waiting.splice(waiting.indexOf(chosen), 1)
      running.set(chosen.who, runningOf(chosen.who) + 1)
      lastStart.set(chosen.who, ++starts)
      chosen.start()
    }
  }
  const leave = (who: string) => {
    const left = runningOf(who) - 1
    if (left > 0) running.set(who, left)
    else running.delete(who)
    // Nobody is remembered who neither works nor waits.
    if (left === 0 && !waiting.some((each) => each.who === who)) lastStart.delete(who)
    startMore()
  }
  return async (who, work) => {
    await new Promise<void>((start) => {
      waiting.push({ who, start })
      startMore()
    })
    try {
      return await work()
    } finally {
      leave(who)
    }
  }
}
