/** A way through states, made step by step. */
export interface CheapestPath {
  /** Takes what each state costs in the next step. */
  step(costs: Float32Array): void
  /** The states of the cheapest way, one a step. */
  finish(): Uint16Array
}

/**
 * The cheapest way of so many steps (Viterbi, 1967): each step costs what its state costs there, and each change from
 * state a to b costs `changes[a * states + b]`, never less than 0. It is exact, yet leaves out whatever can't be part of
 * the way: a state that is dearer than the best one by more than the dearest change is never worth coming from.
 */
export function createCheapestPath(states: number, changes: Float32Array, maxSteps: number): CheapestPath {
  const dearest = changes.reduce((most, cost) => Math.max(most, cost), 0)
  const before = new Uint16Array(maxSteps * states)
  let [totals, next] = [new Float64Array(states), new Float64Array(states)]
  let alive = Array.from({ length: states }, (_, state) => state)
  let steps = 0
  /** What it costs at least to be in a state now, and from where. */
  const arrive = (state: number) => {
    let [least, from] = [Infinity, 0]
    for (let k = 0; k < alive.length; k++) {
      const total = totals[alive[k]] + changes[alive[k] * states + state]
      if (total >= least) continue
      least = total
      from = alive[k]
    }
    before[steps * states + state] = from
    return least
  }
  return {
    step(costs) {
      if (steps === 0) next.set(costs)
      else {
        const cheapest = indexOfLeast(costs)
        const best = alive.reduce((least, state) => Math.min(least, totals[state]), Infinity)
        const worth = arrive(cheapest) + costs[cheapest] + dearest
        for (let state = 0; state < states; state++)
          next[state] = best + costs[state] > worth ? Infinity : arrive(state) + costs[state]
      }
      const least = next[indexOfLeast(next)]
      alive = []
      for (let state = 0; state < states; state++) {
        // Numbers are kept small over long ways.
        next[state] -= least
        if (next[state] <= dearest) alive.push(state)
      }
      ;[totals, next] = [next, totals]
      steps++
    },
    finish() {
      const path = new Uint16Array(steps)
      let state = indexOfLeast(totals)
      for (let n = steps - 1; n >= 0; n--) {
        path[n] = state
        state = before[n * states + state]
      }
      return path
    },
  }
}

function indexOfLeast(values: Float32Array | Float64Array): number {
  let index = 0
  for (let n = 1; n < values.length; n++) if (values[n] < values[index]) index = n
  return index
}
