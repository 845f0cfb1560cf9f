import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { tryLock, withLock } from '#bin/process/lock'
import { identify, isRunning } from '#bin/process/process-table'

// The real one, but for the moment that a test chooses.
vi.mock(import('#bin/process/process-table'), { spy: true })

const folder = mkdtempSync(join(tmpdir(), 'greenroom-lock-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('one holder at a time, and what it notes is what others read', () => {
  const file = join(folder, 'one')
  const first = tryLock(file)
  if (!first.taken) throw new Error('not taken')
  first.lock.note({ url: 'http://localhost:1' })
  expect(tryLock(file)).toMatchObject({
    taken: false,
    holder: { pid: process.pid, url: 'http://localhost:1' },
  })
  first.lock.release()
  expect(tryLock(file).taken).toBe(true)
})

test('a lock of a process that ended, of a reused pid, or half written is taken over', () => {
  const file = join(folder, 'stale')
  const ended = spawnSync('true').pid
  const stale = [{ pid: ended, startedAt: 'x' }, { ...identify(process.pid), startedAt: 'long ago' }, {}]
  for (const content of [...stale.map((holder) => JSON.stringify(holder)), '{"pi']) {
    writeFileSync(file, content)
    const attempt = tryLock(file)
    expect(attempt.taken).toBe(true)
    if (attempt.taken) attempt.lock.release()
  }
})

test('a stale lock that another process takes over first is left to that one', () => {
  const file = join(folder, 'swapped')
  writeFileSync(file, JSON.stringify({ pid: spawnSync('true').pid, startedAt: 'x' }))
  const newer = { ...identify(process.ppid)!, url: 'http://localhost:2' }
  // Between the look at the stale lock and its removal.
  vi.mocked(isRunning).mockImplementationOnce(() => {
    writeFileSync(file, JSON.stringify(newer))
    return false
  })
  expect(tryLock(file)).toEqual({ taken: false, holder: newer })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(newer)
  expect(readdirSync(folder).filter((name) => name.startsWith('swapped'))).toEqual(['swapped'])
})

test('what a lock says of its holder is no longer there once it is released', () => {
  const file = join(folder, 'released')
  const first = tryLock(file)
  if (!first.taken) throw new Error('not taken')
  first.lock.release()
  expect(existsSync(file)).toBe(false)
  // One that is somebody else's by now stays.
  writeFileSync(file, JSON.stringify(identify(process.ppid)))
  first.lock.release()
  expect(existsSync(file)).toBe(true)
})

test('those who wait take turns', async () => {
  const file = join(folder, 'turns')
  let inside = 0
  const work = async () => {
    inside++
    await new Promise((resolve) => setTimeout(resolve, 20))
    return inside--
  }
  const turns = [1, 2, 3].map(() => withLock(file, 'trying', work))
  expect(await Promise.all(turns)).toEqual([1, 1, 1])
})
