import { describe, expect, it } from 'vitest'
import {
  type BatchState,
  backoffSeconds,
  batchState,
  isEnded,
  type JobState,
  type JobTransition,
  MAX_ATTEMPTS,
  next,
} from '#core/render-job/state'

const STATES: JobState[] = ['queued', 'running', 'succeeded', 'failed', 'cancelled']

/** Every allowed transition; all others must lead nowhere. */
const ALLOWED: Record<JobTransition, Partial<Record<JobState, JobState>>> = {
  claim: { queued: 'running' },
  cancel: { queued: 'cancelled' },
  confirm_cancel: { running: 'cancelled' },
  succeed: { running: 'succeeded' },
  fail: { running: 'failed' },
  retry: { running: 'queued' },
  release: { running: 'queued' },
  lose: { running: 'queued' },
  resubmit: { failed: 'queued', cancelled: 'queued' },
}

describe('a render job', () => {
  const cases = (Object.keys(ALLOWED) as JobTransition[]).flatMap((transition) =>
    STATES.map((state) => ({ state, transition, to: ALLOWED[transition][state] ?? null })),
  )
  it.each(cases)('$state + $transition -> $to', ({ state, transition, to }) => {
    expect(next(state, transition)).toBe(to)
  })

  it('has ended once it succeeded, failed or was cancelled', () => {
    expect(STATES.filter(isEnded)).toEqual(['succeeded', 'failed', 'cancelled'])
    expect(() => isEnded('lost' as JobState)).toThrow()
  })

  it('waits longer before each attempt, at most ten minutes', () => {
    expect([1, 2, 3, 4, 5, 50].map(backoffSeconds)).toEqual([10, 40, 160, 600, 600, 600])
    expect(backoffSeconds(0)).toBe(10)
    expect(MAX_ATTEMPTS).toBe(3)
  })
})

describe('a batch', () => {
  /** What a batch is, told from which states occur among its jobs. */
  function expected(occurring: JobState[]): BatchState {
    const has = (state: JobState) => occurring.includes(state)
    if (has('running')) return 'running'
    if (has('queued')) return 'waiting'
    if (has('succeeded')) return occurring.length === 1 ? 'succeeded' : 'partial'
    return has('failed') ? 'failed' : 'cancelled'
  }

  const subsets = Array.from({ length: 2 ** STATES.length - 1 }, (_, index) =>
    STATES.filter((_state, bit) => (index + 1) & (1 << bit)),
  )
  it.each(subsets.map((states) => ({ name: states.join(' + '), states })))('of $name', ({ states }) => {
    const result = expected(states)
    expect(batchState(states)).toBe(result)
    expect(batchState([...states, ...states].reverse())).toBe(result)
  })
})
