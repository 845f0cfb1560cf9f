import { expect, it } from 'vitest'
import { db } from '#core/db'
import { forgetKey, keepAnswer, removeOldKeys, startKeyed } from '#core/idempotency/keys'
import { newId } from '#core/ids'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const request = () => ({ sender: 'ada', keyHash: newId(), requestHash: 'asked' })
const ANSWER = new Uint8Array([1, 2, 3])
const age = (keyHash: string, seconds: number) =>
  db().idempotencyKey.updateMany({
    where: { keyHash },
    data: { createdAt: new Date(Date.now() - seconds * 1000) },
  })

it('of many at once one is the first, and the others get its answer when there is one', async () => {
  const keyed = request()
  const starts = await Promise.all(Array.from({ length: 20 }, () => startKeyed(keyed)))
  const others = starts.filter(({ outcome }) => outcome !== 'first')
  expect(others).toEqual(Array.from({ length: 19 }, () => ({ outcome: 'in_progress' })))
  await keepAnswer(keyed, ANSWER)
  expect(await startKeyed(keyed)).toEqual({ outcome: 'answered', answer: ANSWER })
  expect(await startKeyed({ ...keyed, requestHash: 'else' })).toEqual({ outcome: 'key_reused' })
  expect(await startKeyed({ ...keyed, sender: 'mara' })).toEqual({ outcome: 'first' })
})

it('a request that made nothing leaves its key free', async () => {
  const keyed = request()
  await startKeyed(keyed)
  await forgetKey(keyed)
  expect(await startKeyed({ ...keyed, requestHash: 'else' })).toEqual({ outcome: 'first' })
})

it('nobody does again what a process began that is gone', async () => {
  const keyed = request()
  await startKeyed(keyed)
  await age(keyed.keyHash, 61)
  expect(await startKeyed(keyed)).toEqual({ outcome: 'outcome_unknown' })
})

it('a key is forgotten after a day', async () => {
  const [swept, asked] = [request(), request()]
  for (const keyed of [swept, asked]) {
    await startKeyed(keyed)
    await keepAnswer(keyed, ANSWER)
    await age(keyed.keyHash, 24 * 3600 + 1)
  }
  expect(await startKeyed({ ...asked, requestHash: 'else' })).toEqual({ outcome: 'first' })
  await removeOldKeys()
  expect(await db().idempotencyKey.findMany({ where: { keyHash: swept.keyHash } })).toEqual([])
  expect(await startKeyed(asked)).toEqual({ outcome: 'key_reused' })
})
