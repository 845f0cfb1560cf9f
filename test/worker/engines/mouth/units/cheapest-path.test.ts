import { expect, test } from 'vitest'
import { createCheapestPath } from '#worker/engines/mouth/units/cheapest-path'

/** A generator of reproducible numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

interface Problem {
  states: number
  costs: Float32Array[]
  changes: Float32Array
}

/** Costs of steps, of the size that `spread` says, and of changes up to 1; staying costs nothing. */
function problem(seed: number, states: number, steps: number, spread: number): Problem {
  const random = randomFrom(seed)
  const changes = Float32Array.from({ length: states * states }, (_, n) =>
    n % (states + 1) === 0 ? 0 : random(),
  )
  const costs = Array.from({ length: steps }, () =>
    Float32Array.from({ length: states }, () => spread * random() - 0.2),
  )
  return { states, costs, changes }
}

function found({ states, costs, changes }: Problem): Uint16Array {
  const path = createCheapestPath(states, changes, costs.length)
  for (const step of costs) path.step(step)
  return path.finish()
}

function costOf({ states, costs, changes }: Problem, path: ArrayLike<number>): number {
  return costs.reduce(
    (sum, step, n) => sum + step[path[n]] + (n === 0 ? 0 : changes[path[n - 1] * states + path[n]]),
    0,
  )
}

/** Tries every way there is. */
function cheapestOfAll(given: Problem): number {
  const steps = given.costs.length
  let least = Infinity
  for (let code = 0; code < given.states ** steps; code++) {
    const path = Array.from({ length: steps }, (_, n) => Math.floor(code / given.states ** n) % given.states)
    least = Math.min(least, costOf(given, path))
  }
  return least
}

test.for([0.3, 1, 5, 40])('no way is cheaper, of all that there are, where steps differ by %f', (spread) => {
  for (let seed = 1; seed <= 10; seed++) {
    const given = problem(seed, 4, 6, spread)
    const path = found(given)
    expect(path).toHaveLength(6)
    expect(costOf(given, path)).toBeCloseTo(cheapestOfAll(given), 4)
  }
})

/** The least cost of all ways, without leaving anything out. */
function leastCost({ states, costs, changes }: Problem): number {
  let totals = Array.from(costs[0])
  for (const step of costs.slice(1)) {
    totals = Array.from({ length: states }, (_, to) =>
      totals.reduce((least, total, from) => Math.min(least, total + changes[from * states + to]), Infinity),
    ).map((total, state) => total + step[state])
  }
  return Math.min(...totals)
}

test('a long way through many states is the cheapest still, and the same each time', () => {
  const given = problem(7, 60, 400, 6)
  const path = found(given)
  expect(costOf(given, path)).toBeCloseTo(leastCost(given), 2)
  expect(found(given)).toEqual(path)
})
