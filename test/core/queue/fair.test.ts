import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tagsOf } from '#core/queue/fair'

describe('tagsOf', () => {
  it('starts where the last job ends, or now; each job takes its seconds by the weight', () => {
    expect(tagsOf({ virtualTime: 10, finish: 4, weight: 2 }, [8, 2])).toEqual({ tags: [10, 14], finish: 15 })
    expect(tagsOf({ virtualTime: 10, finish: 25, weight: 0.5 }, [1])).toEqual({ tags: [25], finish: 27 })
    expect(tagsOf({ virtualTime: 3, finish: 2, weight: 1 }, [])).toEqual({ tags: [], finish: 3 })
  })
})

const WEIGHTS = [1, 2, 0.5, 4]
const step = fc.oneof(
  fc.record({
    user: fc.nat({ max: WEIGHTS.length - 1 }),
    costs: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }),
  }),
  { weight: 3, arbitrary: fc.constant('serve' as const) },
)

it('start-time fair queueing: what two waiting users were given differs by a job of each at most', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
      const users = WEIGHTS.map((weight) => ({ weight, finish: 0, given: 0, longest: 0 }))
      const waiting: { user: number; tag: number; cost: number }[] = []
      const spans = new Map<string, { least: number; most: number }>()
      let virtualTime = 0
      for (const what of steps) {
        if (what === 'serve') {
          waiting.sort((a, b) => a.tag - b.tag)
          const job = waiting.shift()
          if (!job) continue
          virtualTime = job.tag
          users[job.user].given += job.cost / users[job.user].weight
        } else {
          const user = users[what.user]
          const { tags, finish } = tagsOf({ ...user, virtualTime }, what.costs)
          user.finish = finish
          user.longest = Math.max(user.longest, ...what.costs.map((cost) => cost / user.weight))
          for (const [index, tag] of tags.entries())
            waiting.push({ user: what.user, tag, cost: what.costs[index] })
        }
        const busy = new Set(waiting.map((job) => job.user))
        for (const [i, a] of users.entries()) {
          for (const [j, b] of users.entries()) {
            const pair = `${i} ${j}`
            if (i >= j) continue
            if (!busy.has(i) || !busy.has(j)) {
              spans.delete(pair)
              continue
            }
            const apart = a.given - b.given
            const { least, most } = spans.get(pair) ?? { least: apart, most: apart }
            const span = { least: Math.min(least, apart), most: Math.max(most, apart) }
            spans.set(pair, span)
            expect(span.most - span.least).toBeLessThanOrEqual(a.longest + b.longest + 1e-9)
          }
        }
      }
    }),
    { numRuns: 500 },
  )
})
