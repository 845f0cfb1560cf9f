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

test('what the environment keeps secret is in no line, whoever quotes it', () => {
  vi.stubEnv('NEXTAUTH_SECRET', 'signs-everything')
  vi.stubEnv('DATABASE_URL', 'postgres://portal:open%20sesame@db:5432/greenroom')
  const log = createLog('some', dataDir)
  log.info({ err: new Error(`can't reach ${process.env.DATABASE_URL}`) }, 'open sesame, signs-everything')
  expect(readFileSync(file(), 'utf8')).toMatch(/portal:\*\*\*@db.*"\*\*\*, \*\*\*"/)
  expect(readFileSync(file(), 'utf8')).not.toMatch(/sesame|signs/)
})
