import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BANDS,
  bandAbove,
  FIRST_TICKET,
  fromPriority,
  mayChoose,
  type Place,
  TICKETS,
  toPriority,
} from '#core/queue/ordering'

const INT4 = { min: -(2 ** 31), max: 2 ** 31 - 1 }

const ticket = fc.oneof(
  fc.integer({ min: 0, max: TICKETS - 1 }),
  fc.constantFrom(0, 1, FIRST_TICKET - 1, FIRST_TICKET, TICKETS - 2, TICKETS - 1),
)
const place: fc.Arbitrary<Place> = fc.record({ band: fc.constantFrom(...BANDS), ticket })

/** Who goes first, said without the integer: the higher band, then the smaller ticket. */
const comesFirst = (a: Place, b: Place): boolean =>
  a.band === b.band ? a.ticket < b.ticket : BANDS.indexOf(a.band) < BANDS.indexOf(b.band)

describe('the order of the queue as one integer', () => {
  it('survives the way there and back, inside int4', () => {
    fc.assert(
      fc.property(place, (given) => {
        const priority = toPriority(given)
        expect(Number.isInteger(priority) && priority >= INT4.min && priority <= INT4.max).toBe(true)
        expect(fromPriority(priority)).toEqual(given)
      }),
      { numRuns: 2000 },
    )
  })

  it('uses every int4 value: each stands for a place', () => {
    const int4 = fc.oneof(fc.integer(INT4), fc.constantFrom(INT4.min, INT4.max, 0, -1))
    fc.assert(
      fc.property(int4, (priority) => {
        expect(toPriority(fromPriority(priority))).toBe(priority)
      }),
    )
    expect(toPriority({ band: 'urgent', ticket: 0 })).toBe(INT4.max)
    expect(toPriority({ band: 'low', ticket: TICKETS - 1 })).toBe(INT4.min)
  })

  it('keeps the order: a greater integer is exactly what goes first', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(toPriority(a) > toPriority(b)).toBe(comesFirst(a, b))
      }),
      { numRuns: 2000 },
    )
  })

  it('never lets the last ticket of a band meet the first of the next', () => {
    for (const [index, band] of BANDS.slice(0, -1).entries()) {
      const last = toPriority({ band, ticket: TICKETS - 1 })
      expect(toPriority({ band: BANDS[index + 1], ticket: 0 })).toBe(last - 1)
    }
  })

  it.each([-1, TICKETS, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses the ticket %s', (wrong) => {
    expect(() => toPriority({ band: 'normal', ticket: wrong })).toThrow(RangeError)
  })

  it.each([INT4.max + 1, INT4.min - 1, 0.5, Number.NaN])('refuses the priority %s', (wrong) => {
    expect(() => fromPriority(wrong)).toThrow(RangeError)
  })
})

describe('bands', () => {
  it('lie above each other', () => {
    expect(BANDS.map(bandAbove)).toEqual([null, 'urgent', 'high', 'normal'])
  })

  it('are all open to admins, and normal and low to members', () => {
    expect(BANDS.map((band) => mayChoose('admin', band))).toEqual([true, true, true, true])
    expect(BANDS.map((band) => mayChoose('member', band))).toEqual([false, false, true, true])
  })
})
