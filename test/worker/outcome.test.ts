import { expect, it } from 'vitest'
import { ERROR_CODES, type ErrorCode } from '#core/render-job/error-codes'
import { JobAborted } from '#worker/abort'
import { EngineError } from '#worker/engine-contract/engine'
import { outcomeOf } from '#worker/outcome'

const systemError = (code: string) => Object.assign(new Error(`${code}: no more`), { code })

it.each([
  ['the user cancelled', new JobAborted('cancelled'), 'cancelled', { kind: 'cancelled' }],
  ['the worker stops', new JobAborted('shutdown'), 'shutdown', { kind: 'released', reason: 'shutdown' }],
  ['others are first', new JobAborted('preempted'), 'preempted', { kind: 'released', reason: 'preempted' }],
  ['the claim is lost', new JobAborted('fenced'), 'fenced', { kind: 'abandoned' }],
  ['it hangs', new JobAborted('timeout'), 'timeout', { kind: 'failed', failure: { code: 'stalled' } }],
  ['the abort counts, not what came of it', systemError('ENOSPC'), 'cancelled', { kind: 'cancelled' }],
  ['the disk is full', systemError('ENOSPC'), null, { kind: 'failed', failure: { code: 'disk_full' } }],
  ['the quota is used up', systemError('EDQUOT'), null, { kind: 'failed', failure: { code: 'disk_full' } }],
  ['a system error', systemError('EIO'), null, { kind: 'failed', failure: { code: 'engine_failed' } }],
  ['a bug', new TypeError('no x'), null, { kind: 'failed', failure: { code: 'engine_failed' } }],
  ['a text', 'broke', null, { kind: 'failed', failure: { message: expect.stringContaining('broke') } }],
  ['nothing', undefined, null, { kind: 'failed', failure: { code: 'engine_failed' } }],
] as const)('%s', (_name, error, reason, outcome) => {
  expect(outcomeOf(error, reason)).toMatchObject(outcome)
})

const kinds = Object.entries(ERROR_CODES).map(([code, { kind }]) => ({ code: code as ErrorCode, kind }))

it.each(kinds)('$code is $kind', ({ code, kind }) => {
  const said = (transient: boolean) => {
    // The code is known at run time only, so the types can't say what it takes.
    const error = Reflect.construct(EngineError, [code, 'why', { transient, params: { a: 1 } }])
    return outcomeOf(error, null)
  }
  const failure = { code, message: 'why', params: { a: 1 } }
  const again = { kind: 'retry', failure }
  const over = { kind: 'failed', failure }
  expect(said(true)).toEqual(kind === 'transient' || kind === 'either' ? again : over)
  expect(said(false)).toEqual(kind === 'transient' ? again : over)
})
