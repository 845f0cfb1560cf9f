import { expect, test } from 'vitest'
import { sideBySide } from '#worker/pipeline/side-by-side'

const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
const { signal } = new AbortController()

test('both results come', async () => {
  const drop = () => Promise.reject(new Error('nothing to drop'))
  const made = await sideBySide(
    signal,
    async () => 'first',
    async () => 'second',
    drop,
  )
  expect(made).toEqual(['first', 'second'])
})

test('where one fails the other is told to stop, and the first error is thrown', async () => {
  const broken = () => Promise.reject(new Error('broken'))
  const drop = async () => {}
  await expect(sideBySide(signal, broken, never, drop)).rejects.toThrow('broken')
  await expect(sideBySide(signal, never, broken, drop)).rejects.toThrow('broken')
})

test('what the second made is dropped when the first fails', async () => {
  const dropped: string[] = []
  const late = async (either: AbortSignal) => {
    await never(either).catch(() => {})
    throw new Error('late')
  }
  const failing = sideBySide(
    AbortSignal.timeout(20),
    late,
    async () => 'made',
    async (made) => void dropped.push(made),
  )
  await expect(failing).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(dropped).toEqual(['made'])
})
