import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLog } from '#core/log'

let dataDir: string
const file = () => join(dataDir, 'logs/some.log')

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'greenroom-log-'))
  mkdirSync(join(dataDir, 'logs'))
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dataDir, { recursive: true, force: true })
})

const lines = () =>
  readFileSync(file(), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string; msg: string })

test('writes one line per event, as many as LOG_LEVEL says', () => {
  const log = createLog('some', dataDir)
  log.debug('not')
  log.info({ jobId: 'a' }, 'this')
  expect(lines()).toMatchObject([{ level: 'info', jobId: 'a', msg: 'this' }])
  vi.stubEnv('LOG_LEVEL', 'debug')
  createLog('some', dataDir).debug('and that')
  expect(lines().map(({ msg }) => msg)).toEqual(['this', 'and that'])
})

test('a full disk costs lines, and nothing else', () => {
  symlinkSync('/dev/full', file())
  const log = createLog('some', dataDir)
  for (let line = 0; line < 3; line++) log.info('lost')
})
