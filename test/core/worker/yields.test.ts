import { describe, expect, it } from 'vitest'
import { type OccupiedSlot, yields } from '#core/worker/yields'

const slot = (id: string, priority: number | null, more: object = {}): OccupiedSlot => ({
  id,
  engines: null,
  job: priority === null ? null : { id, priority, urgent: false, ending: false, ...more },
})

describe('yields', () => {
  it('is for the last in line of those that run, and for as many as urgent ones wait', () => {
    const slots = [slot('a', 30), slot('b', 10), slot('c', 20)]
    const yielding = (urgent: string[]) => ['a', 'b', 'c'].filter((id) => yields(id, urgent, slots))
    expect(yielding([])).toEqual([])
    expect(yielding(['mouth'])).toEqual(['b'])
    expect(yielding(['mouth', 'mouth'])).toEqual(['b', 'c'])
  })

  it('is for nobody while a slot is free or about to be', () => {
    expect(yields('a', ['mouth'], [slot('a', 1), slot('b', null)])).toBe(false)
    expect(yields('a', ['mouth'], [slot('a', 1), slot('b', 9, { ending: true })])).toBe(false)
    expect(yields('a', ['mouth', 'mouth'], [slot('a', 1), slot('b', null)])).toBe(true)
  })

  it('is for one of two that stand alike, not for both', () => {
    const slots = [slot('a', 5), slot('b', 5)]
    expect(['a', 'b'].filter((id) => yields(id, ['mouth'], slots))).toEqual(['a'])
  })

  it('is not for urgent ones, nor where the slot lacks the engine', () => {
    expect(yields('a', ['mouth'], [slot('a', 1, { urgent: true })])).toBe(false)
    const lacking = { ...slot('a', 1), engines: ['heygem'] }
    expect(yields('a', ['mouth'], [lacking, slot('b', 5)])).toBe(false)
    expect(yields('b', ['mouth'], [lacking, slot('b', 5)])).toBe(true)
  })
})
