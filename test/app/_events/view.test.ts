import { expect, it } from 'vitest'
import { merge, viewOf } from '#app/_events/view'
import type { QueueEvent } from '#core/events/events'
import type { Viewer } from '#core/viewer/viewer'

const [owner, stranger] = [{ id: 'anna', role: 'member' } as Viewer, { id: 'bert', role: 'member' } as Viewer]
const operator = { id: 'olga', role: 'operator' } as Viewer
const job = { ownerId: owner.id, batchId: 'batch', jobId: 'job' }
const progress: QueueEvent = {
  ...{ kind: 'progress', ...job, device: 'cpu', stage: 'render', fraction: 0.5 },
  ...{ framesDone: 50, frames: 100, fps: 25 },
}

it('tells owners and operators which job it was, and others only what the page of everybody shows', () => {
  const changed: QueueEvent = { kind: 'changed', ...job }
  const { ownerId, ...ids } = changed
  const { ownerId: _, ...shown } = progress
  for (const viewer of [owner, operator]) {
    expect(viewOf(changed, viewer)?.event).toEqual(ids)
    expect(viewOf(progress, viewer)?.event).toEqual(shown)
    expect(viewOf({ kind: 'log', ownerId, jobId: 'job' }, viewer)?.event).toEqual({
      kind: 'log',
      jobId: 'job',
    })
    expect(viewOf({ kind: 'user', userId: ownerId }, viewer)?.event).toEqual({
      kind: 'user',
      userId: ownerId,
    })
  }
  expect(viewOf(changed, stranger)?.event).toEqual({ kind: 'changed' })
  expect(viewOf(progress, stranger)?.event).toEqual({
    ...{ kind: 'teamProgress', device: 'cpu', stage: 'render', fraction: 0.5, fps: 25 },
  })
  expect(viewOf({ kind: 'log', ownerId, jobId: 'job' }, stranger)).toBeNull()
  expect(viewOf({ kind: 'user', userId: ownerId }, stranger)).toBeNull()
  for (const viewer of [owner, stranger, operator]) {
    expect(viewOf({ kind: 'control' }, viewer)?.event).toEqual({ kind: 'control' })
    expect(viewOf({ kind: 'cancel', jobId: 'job' }, viewer)).toBeNull()
  }
})

it('of two changes keeps the ids that both have, whichever came first', () => {
  const [one, other] = [
    { kind: 'changed', batchId: 'batch', jobId: 'a' },
    { kind: 'changed', batchId: 'batch' },
  ] as const
  const both = { kind: 'changed', batchId: 'batch', jobId: undefined }
  expect(merge(one, other)).toEqual(both)
  expect(merge(other, one)).toEqual(both)
  expect(merge(one, one)).toEqual(one)
  expect(merge(undefined, one)).toEqual(one)
})
