import { describe, expect, it } from 'vitest'
import {
  applies,
  type BatchState,
  backoffSeconds,
  batchState,
  ENDED_STATES,
  isEnded,
  JOB_STATES,
  type JobState,
  type JobTransition,
  MAX_ATTEMPTS,
  OPEN_STATES,
  TRANSITIONS,
} from '#core/render-job/state'

/** Every allowed transition; all others must lead nowhere. */
const ALLOWED: Record<JobTransition, Partial<Record<JobState, JobState>>> = {
  claim: { queued: 'running' },
  beat: { running: 'running' },
  move: { queued: 'queued' },
  cancel: { queued: 'cancelled' },
  ask_cancel: { running: 'running' },
  confirm_cancel: { running: 'cancelled' },
  succeed: { running: 'succeeded' },
  fail: { running: 'failed' },
  retry: { running: 'queued' },
  release: { running: 'queued' },
  lose: { running: 'queued' },
  resubmit: { failed: 'queued', cancelled: 'queued' },
  remove: { running: 'running', succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled' },
  restore: { running: 'running', succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled' },
}

describe('a render job', () => {
  const cases = (Object.keys(ALLOWED) as JobTransition[]).flatMap((transition) =>
    JOB_STATES.map((state) => ({ state, transition, to: ALLOWED[transition][state] ?? null })),
  )
  it.each(cases)('$state + $transition -> $to', ({ state, transition, to }) => {
    expect(applies(transition, state)).toBe(to !== null)
    const leadsTo = TRANSITIONS[transition].to
    if (to !== null) expect(leadsTo === 'same' ? state : leadsTo).toBe(to)
  })

  it('has ended once it succeeded, failed or was cancelled', () => {
    expect(JOB_STATES.filter(isEnded)).toEqual(['succeeded', 'failed', 'cancelled'])
    expect(ENDED_STATES).toEqual(JOB_STATES.filter(isEnded))
    expect(OPEN_STATES).toEqual(JOB_STATES.filter((state) => !isEnded(state)))
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

  const subsets = Array.from({ length: 2 ** JOB_STATES.length - 1 }, (_, index) =>
    JOB_STATES.filter((_state, bit) => (index + 1) & (1 << bit)),
  )
  it.each(subsets.map((states) => ({ name: states.join(' + '), states })))('of $name', ({ states }) => {
    const result = expected(states)
    expect(batchState(states)).toBe(result)
    expect(batchState([...states, ...states].reverse())).toBe(result)
  })
})
