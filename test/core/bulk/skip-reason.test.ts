import { describe, expect, it } from 'vitest'
import type { BulkAction, SelectedJob } from '#core/bulk/bulk-selection'
import { mayAct, skipReason } from '#core/bulk/skip-reason'
import { BANDS } from '#core/queue/ordering'
import { JOB_STATES, type JobState } from '#core/render-job/state'

const member = { id: 'a', role: 'member' } as const
const admin = { id: 'b', role: 'admin' } as const

const job = (state: JobState, more: Partial<SelectedJob> = {}): SelectedJob => ({
  ...{ id: '1', state, band: 'normal', ownerId: 'a', batchId: '2' },
  ...{ cancelRequestedAt: null, errorCode: null },
  ...{ owner: { name: 'Ada', disabledAt: null }, batch: { pausedAt: null } },
  ...more,
})

/** What an action says of a job in each state. */
const saysOf = (action: BulkAction, more: Partial<SelectedJob> = {}) =>
  Object.fromEntries(JOB_STATES.map((state) => [state, skipReason(job(state, more), action, admin)]))

const now = new Date()
const ENDED = { succeeded: 'already_ended', failed: 'already_ended', cancelled: 'already_ended' }
const NOT_WAITING = {
  running: 'not_waiting',
  ...{ succeeded: 'not_waiting', failed: 'not_waiting', cancelled: 'not_waiting' },
}

describe('an action leaves alone', () => {
  it('what has ended or is being cancelled, when it cancels', () => {
    expect(saysOf({ kind: 'cancel' })).toEqual({ queued: null, running: null, ...ENDED })
    const asked = skipReason(job('running', { cancelRequestedAt: now }), { kind: 'cancel' }, member)
    expect(asked).toBe('cancelling')
  })

  it('what is open, succeeded, or would fail again, when it sends again', () => {
    const says = saysOf({ kind: 'resubmit' })
    const open = { queued: 'not_ended', running: 'not_ended' }
    expect(says).toEqual({ ...open, succeeded: 'succeeded', failed: null, cancelled: null })
    const permanent = job('failed', { errorCode: 'no_face' })
    expect(skipReason(permanent, { kind: 'resubmit' }, member)).toBe('fails_again')
    const gone = job('failed', { owner: { name: 'Ada', disabledAt: now } })
    expect(skipReason(gone, { kind: 'resubmit' }, member)).toBe('owner_disabled')
  })

  it('what does not wait, is in that band, or was put above it, when it moves to a band', () => {
    expect(saysOf({ kind: 'band', band: 'low' })).toEqual({ queued: null, ...NOT_WAITING })
    expect(saysOf({ kind: 'band', band: 'normal' })).toMatchObject({ queued: 'unchanged' })
    const raised = job('queued', { band: 'high' })
    expect(skipReason(raised, { kind: 'band', band: 'low' }, member)).toBe('forbidden')
    expect(skipReason(raised, { kind: 'band', band: 'low' }, admin)).toBeNull()
  })

  it('what does not wait, when it moves to the front', () => {
    expect(saysOf({ kind: 'front' })).toEqual({ queued: null, ...NOT_WAITING })
  })

  it('what has ended or is so already, when it pauses or resumes', () => {
    const paused = { batch: { pausedAt: now } }
    const unchanged = { queued: 'unchanged', running: 'unchanged', ...ENDED }
    expect(saysOf({ kind: 'pause' })).toEqual({ queued: null, running: null, ...ENDED })
    expect(saysOf({ kind: 'resume' }, paused)).toEqual({ queued: null, running: null, ...ENDED })
    expect(saysOf({ kind: 'pause' }, paused)).toEqual(unchanged)
    expect(saysOf({ kind: 'resume' })).toEqual(unchanged)
  })

  it('never one that it does not know', () => {
    expect(() => skipReason(job('queued'), { kind: 'sing' } as unknown as BulkAction, admin)).toThrow()
  })
})

describe('who may ask', () => {
  it('admins for all; members for what stays within their bands', () => {
    const bands = BANDS.map((band): BulkAction => ({ kind: 'band', band }))
    const again = BANDS.map((band): BulkAction => ({ kind: 'resubmit', band }))
    const plain = (['cancel', 'resubmit', 'pause', 'resume'] as const).map((kind): BulkAction => ({ kind }))
    const all: BulkAction[] = [...bands, ...again, ...plain, { kind: 'front' }]
    expect(all.filter((action) => !mayAct(admin, action))).toEqual([])
    expect(all.filter((action) => mayAct(member, action))).toEqual([bands[2], bands[3], ...plain])
  })
})
