import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseWindow, fitInto, type Gap, middle, spread } from '#core/queue/spacing'

const gap: fc.Arbitrary<Gap> = fc
  .tuple(fc.integer({ min: -1, max: 200 }), fc.integer({ min: 1, max: 100 }))
  .map(([after, width]) => ({ after, before: after + width }))

const expectInside = ({ after, before }: Gap, tickets: number[]) => {
  for (const [index, ticket] of tickets.entries()) {
    expect(Number.isInteger(ticket)).toBe(true)
    expect(ticket).toBeGreaterThan(index > 0 ? tickets[index - 1] : after)
    expect(ticket).toBeLessThan(before)
  }
}

describe('fitInto', () => {
  it('gives ascending tickets inside the gap whenever there are enough', () => {
    const wishes = fc.array(fc.integer({ min: -50, max: 400 }), { maxLength: 30 })
    fc.assert(
      fc.property(gap, wishes, (given, wished) => {
        const tickets = fitInto(given, wished)
        if (given.before - given.after - 1 < wished.length) {
          expect(tickets).toBeNull()
          return
        }
        expect(tickets).toHaveLength(wished.length)
        expectInside(given, tickets!)
      }),
      { numRuns: 2000 },
    )
  })

  it('grants ascending wishes that lie inside the gap', () => {
    expect(fitInto({ after: 10, before: 100 }, [11, 40, 99])).toEqual([11, 40, 99])
  })

  it('puts a wish that is taken next to it', () => {
    expect(fitInto({ after: 10, before: 100 }, [10])).toEqual([11])
    expect(fitInto({ after: 10, before: 100 }, [100])).toEqual([99])
    expect(fitInto({ after: 10, before: 100 }, [200, 200])).toEqual([98, 99])
    expect(fitInto({ after: 10, before: 11 }, [10])).toBeNull()
  })
})

it('the middle of a gap is in it', () => {
  fc.assert(
    fc.property(gap, (given) => {
      if (given.before - given.after > 1) expectInside(given, [middle(given)])
    }),
  )
})

it('spread fills a gap evenly, to the last ticket', () => {
  fc.assert(
    fc.property(gap, fc.integer({ min: 0, max: 120 }), (given, count) => {
      const tickets = spread(given, count)
      if (given.before - given.after - 1 < count) {
        expect(tickets).toBeNull()
        return
      }
      expectInside(given, tickets!)
      const all = [given.after, ...tickets!, given.before]
      const steps = all.slice(1).map((ticket, index) => ticket - all[index])
      expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1)
    }),
    { numRuns: 2000 },
  )
})

describe('chooseWindow', () => {
  const ends = { after: -1, before: 10_000 }
  const whole = { front: true, behind: true }

  it('takes the smallest window with room for everybody, and keeps inside its edges', () => {
    const distances = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 40 })
    const shape = fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      roomEach: fc.integer({ min: 1, max: 8 }),
    })
    fc.assert(
      fc.property(distances, distances, shape, (inFront, behind, { count, roomEach }) => {
        let at = 5000
        const front = inFront.map((distance) => (at -= distance))
        at = 5000
        const back = behind.map((distance) => (at += distance))
        const window = chooseWindow(front, back, ends, { count, roomEach, whole })
        expect(window).not.toBeNull()
        const edges = {
          after: front[window!.front] ?? ends.after,
          before: back[window!.behind] ?? ends.before,
        }
        expect(window!.tickets).toHaveLength(window!.front + count + window!.behind)
        expectInside(edges, window!.tickets)
        expect((edges.before - edges.after) / (window!.tickets.length + 1)).toBeGreaterThanOrEqual(roomEach)
      }),
      { numRuns: 1000 },
    )
  })

  it('gives null where even everybody together has no room, or the edge is not known', () => {
    const packed = Array.from({ length: 20 }, (_, index) => index)
    const narrow = { after: -1, before: 20 }
    const back = packed.map((ticket) => ticket)
    expect(chooseWindow([], back, narrow, { count: 1, roomEach: 1, whole })).toBeNull()
    const unknown = { front: true, behind: false }
    expect(chooseWindow([], back, ends, { count: 1, roomEach: 1, whole: unknown })).toBeNull()
    expect(chooseWindow([], back, ends, { count: 1, roomEach: 1, whole })).not.toBeNull()
    const unknownFront = { front: false, behind: true }
    const down = packed.map((ticket) => 100 - ticket)
    expect(
      chooseWindow(down, [], { after: -1, before: 101 }, { count: 1, roomEach: 2, whole: unknownFront }),
    ).toBeNull()
  })

  it('reaches farther to the side that has neighbours, where the other has none', () => {
    const front = [9, 8, 7, 6, 5]
    const window = chooseWindow(front, [], { after: -1, before: 10 }, { count: 1, roomEach: 1.5, whole })
    expect(window).toEqual({ front: 5, behind: 0, tickets: [0, 2, 3, 5, 6, 8] })
    const behind = front.map((ticket) => 9 - ticket)
    const mirrored = chooseWindow([], behind, { after: -1, before: 10 }, { count: 1, roomEach: 1.5, whole })
    expect(mirrored).toMatchObject({ front: 0, behind: 5 })
  })

  it('takes a window with just enough room', () => {
    const window = chooseWindow([2, 1], [], { after: -1, before: 3 }, { count: 1, roomEach: 1, whole })
    expect(window).toEqual({ front: 2, behind: 0, tickets: [0, 1, 2] })
  })
})
