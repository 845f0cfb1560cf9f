import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { remerge, type Tagged, tagsOf, ticketOf } from '#core/queue/fair'
import { FIRST_TICKET, TICKETS } from '#core/queue/ordering'

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

describe('remerge', () => {
  const ENDS = { after: -1, before: TICKETS }

  /** A line in the order of its tags, with moved jobs (no tag) among them, then new tags for some. */
  const given = fc
    .array(
      fc.record({
        gap: fc.integer({ min: 31, max: 90 }),
        rise: fc.integer({ min: 0, max: 4 }),
        pinned: fc.boolean(),
        newTag: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 2 }),
      }),
      { maxLength: 30 },
    )
    .map((jobs) => {
      let [ticket, tag] = [FIRST_TICKET, 0]
      return jobs.map(({ gap, rise, pinned, newTag }): Tagged => {
        ticket += gap
        tag += rise
        if (pinned) return { ticket, tag: null, retagged: false }
        return newTag === null ? { ticket, tag, retagged: false } : { ticket, tag: newTag, retagged: true }
      })
    })

  /** The tickets after a merge that has room. */
  function merged(line: readonly Tagged[]): number[] {
    const outcome = remerge(line, ENDS)
    if ('full' in outcome) throw new Error('no room')
    return line.map((job, index) => outcome.tickets.get(index) ?? job.ticket)
  }

  it('puts jobs with new tags in the order of tags, and moves nobody else', () => {
    fc.assert(
      fc.property(given, (line) => {
        const tickets = merged(line)
        expect(new Set(tickets).size).toBe(line.length)
        for (const ticket of tickets) expect(ticket >= 0 && ticket < TICKETS).toBe(true)
        const order = [...line.keys()].sort((a, b) => tickets[a] - tickets[b])
        const tagged = order.map((index) => line[index].tag).filter((tag) => tag !== null)
        expect(tagged).toEqual(tagged.toSorted((a, b) => a - b))
        const stayed = order.filter((index) => !line[index].retagged)
        expect(stayed).toEqual(stayed.toSorted((a, b) => a - b))
        // Moved jobs are passed by nobody: who comes in goes right before the first with a greater tag.
        const moved = (index: number) => tickets[index] !== line[index].ticket
        for (const [at, index] of order.entries()) {
          if (!moved(index)) continue
          const next = order.slice(at + 1).find((other) => !moved(other))
          if (next !== undefined) expect(line[next].tag).toBeGreaterThan(line[index].tag!)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('needs no more of the line than the neighbours', () => {
    fc.assert(
      fc.property(given, (line) => {
        const others = line.filter((job) => !job.retagged)
        const needed = new Set<Tagged | undefined>(line.filter((job) => job.retagged))
        const lastBefore = (ticket: number) => others.findLast((job) => job.ticket < ticket)
        for (const job of line.filter(({ retagged }) => retagged)) {
          const behind = others.find(({ tag }) => tag !== null && tag > job.tag!)
          needed
            .add(behind)
            .add(lastBefore(behind?.ticket ?? TICKETS))
            .add(lastBefore(job.ticket))
          needed.add(others.findLast(({ tag }) => tag !== null && tag <= job.tag!))
        }
        const part = line.filter((job) => needed.has(job))
        const whole = merged(line)
        expect(merged(part)).toEqual(part.map((job) => whole[line.indexOf(job)]))
      }),
      { numRuns: 3000 },
    )
  })

  it('writes nothing where nobody has to move, and says which gap is too narrow for whom', () => {
    const line = [1, 2, 3].map((tag) => ({ ticket: ticketOf(tag), tag, retagged: true }))
    expect(remerge(line, ENDS)).toEqual({ tickets: new Map() })
    const packed = [0, 1, 2, 3].map((ticket) => ({ ticket, tag: ticket, retagged: ticket === 3 }))
    packed[3].tag = 0
    expect(remerge(packed, ENDS)).toEqual({ full: { gap: { after: 0, before: 1 }, jobs: [3] } })
  })
})
