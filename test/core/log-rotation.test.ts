import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { rotateLogs } from '#core/log-rotation'

const LIMITS = { maxBytes: 1000, kept: 3, everyMs: 1000 }
let folder: string
let log: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'greenroom-logs-'))
  log = join(folder, 'web.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (name: string) => readFileSync(join(folder, name), 'utf8')

it('a large log becomes a piece, and who has it open goes on writing at its new beginning', async () => {
  const open = openSync(log, 'a')
  for (let piece = 1; piece <= 5; piece++) {
    writeSync(open, String(piece).repeat(1001))
    await rotateLogs(folder, LIMITS)
  }
  writeSync(open, 'now')
  closeSync(open)
  expect(readdirSync(folder).sort()).toEqual(['web.log', 'web.log.1', 'web.log.2', 'web.log.3'])
  expect(read('web.log')).toBe('now')
  expect(['.1', '.2', '.3'].map((end) => read(`web.log${end}`)[0])).toEqual(['5', '4', '3'])
})

it('however fast it grows, all that is left has a limit; small ones and other files stay as they are', async () => {
  writeFileSync(join(folder, 'worker.log'), 'small')
  writeFileSync(join(folder, 'notes.txt'), 'x'.repeat(5000))
  for (let turn = 0; turn < 6; turn++) {
    appendFileSync(log, 'x'.repeat(50_000))
    await rotateLogs(folder, LIMITS)
  }
  const sizes = readdirSync(folder)
    .filter((name) => name.startsWith('web.log'))
    .map((name) => statSync(join(folder, name)).size)
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(LIMITS.kept * LIMITS.maxBytes)
  expect([read('worker.log'), read('notes.txt').length]).toEqual(['small', 5000])
})

it('of many processes one does it', async () => {
  writeFileSync(log, 'x'.repeat(1500))
  await Promise.all(Array.from({ length: 8 }, () => rotateLogs(folder, LIMITS)))
  expect(readdirSync(folder).sort()).toEqual(['web.log', 'web.log.1'])
  expect(read('web.log.1')).toHaveLength(1000)
})
